"""How people come in through providers, and what they link to their account."""

import logging
from functools import partial
from uuid import UUID, uuid4

from services.auth.attempts.attempts import Attempts
from services.auth.identities.model import (
    MAX_LABEL,
    Answer,
    Entered,
    Identity,
    IdentityEmailTaken,
    IdentityEmailUnverified,
    IdentityMismatch,
    IdentityNotAdmitted,
    IdentityNotRenewed,
    IdentityTaken,
    Person,
    Provider,
    Untrusted,
)
from services.auth.identities.ports import StoredIdentities
from services.auth.identities.trips import Arrival, Departure, Trips
from services.auth.invitations.ports import Admissions
from services.auth.notices.notices import Notices
from services.auth.sessions.model import (
    FEDERATED,
    Client,
    InvalidCredentials,
)
from services.auth.sessions.ports import SecondFactors
from services.auth.sessions.sessions import Sessions
from services.auth.sessions.signing_in import SignIn
from services.auth.users.emails import EmailAddress
from services.auth.users.model import User, UserNotFound
from services.auth.users.ports import Users
from services.kit.caller import FRESH_SECONDS
from services.kit.clock import Clock
from services.kit.errors import ServiceError
from services.kit.pages import Page

log = logging.getLogger(__name__)

NOBODY = "users/-"
# What its owner is told by mail.
CHANGES = {
    "identity.link": "You can sign in with your account at",
    "identity.unlink": "You can no longer sign in with your account at",
}


class Identities:
    """
    Signs people in by who they are elsewhere.

    An issuer and a subject say who that is. An e-mail address never does: whoever has
    one at a provider might not be who has it here.
    """

    def __init__(
        self,
        trips: Trips,
        store: StoredIdentities,
        users: Users,
        sign_in: SignIn,
        sessions: Sessions,
        factors: SecondFactors,
        *,
        admissions: Admissions,
        attempts: Attempts,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._trips = trips
        self._store = store
        self._users = users
        self._sign_in = sign_in
        self._sessions = sessions
        self._factors = factors
        self._admissions = admissions
        self._attempts = attempts
        self._notices = notices
        self._clock = clock

    def providers(self) -> list[Provider]:
        """Return the providers, in the order of their file."""
        return self._trips.providers

    async def begin_sign_in(
        self,
        provider: str,
        *,
        next: str,
        cookie: str | None,
        client: Client,
        anew: bool = False,
    ) -> Departure:
        """Send somebody to a provider, to sign in or show anew who they are."""
        await self._count(client)
        return await self._trips.begin(
            provider,
            "again" if anew else "sign_in",
            user_id=None,
            cookie=cookie,
            next=next,
        )

    async def finish_sign_in(
        self, answer: Answer, *, cookie: str | None, client: Client
    ) -> Entered:
        """Sign in who comes back, and create a user for who may be new."""
        await self._count(client)
        try:
            arrival = await self._trips.end(
                answer, "sign_in", "again", user_id=None, cookie=cookie
            )
            same = arrival.purpose == "again"
            user = await (self._same if same else self._user)(arrival, client)
        except ServiceError as error:
            await self._refused("session.create", None, error, client)
            raise
        answered = await self._sign_in.proceed(
            user, [FEDERATED], client=client, auth_time=arrival.auth_time(self._clock())
        )
        return Entered(answered, arrival.next)

    async def begin_link(
        self,
        user_id: UUID,
        provider: str,
        *,
        next: str,
        cookie: str | None,
        client: Client,
    ) -> Departure:
        """Send a user to a provider, to link who they are there."""
        await self._count(client)
        return await self._trips.begin(
            provider, "link", user_id=user_id, cookie=cookie, next=next
        )

    async def finish_link(
        self, user_id: UUID, answer: Answer, *, cookie: str | None, client: Client
    ) -> tuple[Identity, str]:
        """Link who comes back to the user who left; that it is linked is no error."""
        await self._count(client)
        try:
            arrival = await self._trips.end(
                answer, "link", user_id=user_id, cookie=cookie
            )
            identity = await self._linked(user_id, arrival, client)
        except ServiceError as error:
            await self._refused("identity.link", user_id, error, client)
            raise
        return identity, arrival.next

    async def list(self, user_id: UUID, page: Page) -> list[Identity]:
        """Return a user's identities, one more than the page if there is one."""
        return await self._store.list(user_id, page)

    async def delete(self, user_id: UUID, identity_id: UUID, *, client: Client) -> None:
        """Unlink an identity, if it is there, and not the last way in."""
        async with self._notices.together():
            deleted = await self._store.delete(
                user_id,
                identity_id,
                usable={each.id for each in self._trips.providers},
                others=partial(self._has_passkey, user_id),
            )
            if deleted:
                await self._changed("identity.unlink", deleted, client)

    async def _has_passkey(self, user_id: UUID) -> bool:
        return "passkey" in await self._factors.factors(user_id)

    async def _same(self, arrival: Arrival, client: Client) -> User:
        """Return who is signed in, if it is they who have just shown it there."""
        now, provider = self._clock(), arrival.provider.id
        known = await self._store.used(arrival.person, now)
        if not known or known.user_id != await self._sessions.holder(client):
            raise IdentityMismatch(provider=provider)
        if (now - arrival.auth_time(now)).total_seconds() > FRESH_SECONDS:
            raise IdentityNotRenewed(provider=provider)
        return await self._user_of(known)

    async def _user(self, arrival: Arrival, client: Client) -> User:
        """Return the user whose identity this is, a new one if that may be."""
        if known := await self._store.used(arrival.person, self._clock()):
            return await self._user_of(known)
        user, identity = await self._newcomer(arrival)
        async with self._notices.together():
            if added := await self._store.add_user(user, identity):
                log.info("user created", extra={"user": user.name})
                await self._notices.record(
                    client.event(
                        "user.create",
                        user.name,
                        actor=user.id,
                        details={"provider": identity.provider},
                    )
                )
                return added
        # Somebody was quicker: the same person in another tab, or who has the address.
        if known := await self._store.used(arrival.person, self._clock()):
            return await self._user_of(known)
        raise IdentityEmailTaken

    async def _user_of(self, identity: Identity) -> User:
        if user := await self._users.user(identity.user_id):
            return user
        raise InvalidCredentials

    async def _newcomer(self, arrival: Arrival) -> tuple[User, Identity]:
        """Make a user, or say why not."""
        provider, person = arrival.provider, arrival.person
        email = EmailAddress.parse(person.email)
        if not (provider.trust_email and person.email_verified):
            email = None
        if email and await self._users.user_of_email(email.key):
            raise IdentityEmailTaken(provider=provider.id)
        if not provider.sign_up:
            raise IdentityNotAdmitted(provider=provider.id)
        # An account with an address that nobody vouches for could be taken, or lie in
        # wait for who has it.
        if not email:
            raise IdentityEmailUnverified(provider=provider.id)
        if not provider.admits(email.key.rpartition("@")[2]):
            raise IdentityNotAdmitted(provider=provider.id)
        admission = await self._admissions.admit(email, "")
        now = self._clock()
        user = User(
            id=uuid4(),
            email=email.text,
            email_key=email.key,
            display_name=person.display_name or email.local_part,
            password_hash=None,
            create_time=now,
            role=admission.role,
            email_verified_time=now,
        )
        return user, self._identity(user.id, provider, person)

    async def _linked(
        self, user_id: UUID, arrival: Arrival, client: Client
    ) -> Identity:
        identity = self._identity(user_id, arrival.provider, arrival.person)
        async with self._notices.together():
            if await self._store.add(identity):
                await self._changed("identity.link", identity, client)
                return identity
        known = await self._store.used(arrival.person, self._clock())
        if not known or known.user_id != user_id:
            raise IdentityTaken(provider=arrival.provider.id)
        return known

    def _identity(self, user_id: UUID, provider: Provider, person: Person) -> Identity:
        email = EmailAddress.parse(person.email)
        now = self._clock()
        return Identity(
            id=uuid4(),
            user_id=user_id,
            provider=provider.id,
            issuer=person.issuer,
            subject=person.subject,
            label=(email.text if email else person.display_name)[:MAX_LABEL],
            create_time=now,
            last_use_time=now,
        )

    async def _count(self, client: Client) -> None:
        await self._attempts.count("identity", subject=None, address=client.address)

    async def _changed(self, action: str, identity: Identity, client: Client) -> None:
        """Tell the log, the audit and the user."""
        log.info(action, extra={"identity": identity.name})
        user = await self._users.user(identity.user_id)
        if not user:
            raise UserNotFound(user=f"users/{identity.user_id}")
        details = {"provider": identity.provider}
        event = client.event(action, identity.name, actor=user.id, details=details)
        change = f"{CHANGES[action]} {self._trips.display_name(identity.provider)}"
        await self._notices.changed(user, event, change)

    async def _refused(
        self, action: str, user_id: UUID | None, error: ServiceError, client: Client
    ) -> None:
        subject = f"users/{user_id}" if user_id else NOBODY
        cause = error.__cause__
        details = {"by": FEDERATED, "reason": error.reason}
        if "provider" in error.metadata:
            details["provider"] = error.metadata["provider"]
        if isinstance(cause, Untrusted):
            details["check"] = cause.check
        await self._notices.record(
            client.event(
                action, subject, actor=user_id, outcome="failure", details=details
            )
        )
