"""How people sign up, and how they leave."""

import logging
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from services.auth.accounts.erasing import Erasing
from services.auth.accounts.ports import NewAccounts
from services.auth.attempts.attempts import Attempts
from services.auth.audit.ports import Audit
from services.auth.codes.codes import Codes
from services.auth.codes.model import Asked, Verification
from services.auth.invitations.ports import Admissions
from services.auth.passwords.passwords import Passwords
from services.auth.passwords.rules import PasswordRules
from services.auth.roles.model import LastOwner
from services.auth.sessions.model import (
    PASSWORD,
    Challenge,
    Client,
    InvalidCredentials,
    Session,
    SignedIn,
)
from services.auth.sessions.proving import Proving
from services.auth.sessions.sessions import Sessions
from services.auth.sessions.signing_in import SignIn
from services.auth.users.emails import EmailAddress
from services.auth.users.model import EmailTaken, User, UserNotFound
from services.auth.users.ports import Users
from services.kit.caller import Caller, require_fresh
from services.kit.clock import Clock
from services.kit.errors import RequestIdReused

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What a person asks for."""

    email: EmailAddress
    display_name: str = field(repr=False)
    password: str = field(repr=False)
    request_id: UUID | None
    invitation_token: str = field(default="", repr=False)


class Accounts:
    """Creates, shows and deletes users."""

    def __init__(
        self,
        store: NewAccounts,
        users: Users,
        passwords: Passwords,
        *,
        admissions: Admissions,
        rules: PasswordRules,
        codes: Codes,
        attempts: Attempts,
        proving: Proving,
        sign_in: SignIn,
        sessions: Sessions,
        erasing: Erasing,
        audit: Audit,
        sends_mail: bool,
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._passwords = passwords
        self._admissions = admissions
        self._rules = rules
        self._codes = codes
        self._attempts = attempts
        self._proving = proving
        self._sign_in = sign_in
        self._sessions = sessions
        self._erasing = erasing
        self._audit = audit
        self._sends_mail = sends_mail
        self._clock = clock

    async def create(
        self, wanted: SignUp, *, client: Client
    ) -> tuple[User, SignedIn] | Verification:
        """
        Create a user with a session; a retry finds the user of the first try.

        Where mail is sent, the user is created when the code is shown that goes to the
        address, and not before: nobody can take an account in advance that another
        then comes to.
        """
        names = [wanted.email.local_part, wanted.display_name]
        password = self._rules.accept(wanted.password, names=names)
        await self._attempts.count("password", subject=None, address=client.address)
        if self._sends_mail:
            return await self._verification(wanted, password, client)
        user = await self._made_before(wanted)
        if not user:
            admission = await self._admissions.admit(
                wanted.email, wanted.invitation_token
            )
            user, session = await self._new(wanted, password, admission.role, client)
            async with self._audit.together():
                added = await self._store.add(
                    user, session, request_id=wanted.request_id, admission=admission
                )
                if added:
                    return await self._begun(added, session, client)
            user = await self._made_before(wanted)
            if not user:
                await self._taken(wanted, client)
                raise EmailTaken
        return user, await self._retried(wanted, user, client)

    async def _verification(
        self, wanted: SignUp, password: str, client: Client
    ) -> Verification:
        """Send a code, or to who has an account that there is one: alike to see."""
        await self._admissions.admit(wanted.email, wanted.invitation_token)
        hashed = await self._passwords.hash(password)
        known = await self._users.user_of_email(wanted.email.key)
        asked = Asked(
            purpose="sign_up",
            email=known.email if known else wanted.email.text,
            email_key=wanted.email.key,
            letter="email_in_use" if known else "verify_email",
            about={
                "display_name": wanted.display_name,
                "password_hash": hashed,
                "invitation_token": wanted.invitation_token,
            },
        )
        return await self._codes.ask(asked, address=client.address)

    async def complete(
        self, token: str, code: str, *, client: Client
    ) -> tuple[User, SignedIn]:
        """Create the user who has shown a code, with a session."""
        asked = await self._codes.check(token, code, "sign_up", address=client.address)
        email = EmailAddress.require(asked.email, "user.email")
        admission = await self._admissions.admit(email, asked.about["invitation_token"])
        await self._codes.use(token)
        now = self._clock()
        user = User(
            id=uuid4(),
            email=asked.email,
            email_key=asked.email_key,
            display_name=asked.about["display_name"],
            password_hash=asked.about["password_hash"],
            create_time=now,
            role=admission.role,
            email_verified_time=now,
        )
        session = Session.begin(user.id, now, client=client)
        async with self._audit.together():
            added = await self._store.add(
                user, session, request_id=None, admission=admission
            )
            if not added:
                raise EmailTaken
            return await self._begun(added, session, client)

    async def _begun(
        self, user: User, session: Session, client: Client
    ) -> tuple[User, SignedIn]:
        log.info("user created", extra={"user": user.name})
        await self._record("user.create", user, client)
        return user, await self._sessions.begun(user, session, client)

    async def _made_before(self, wanted: SignUp) -> User | None:
        if not wanted.request_id:
            return None
        return await self._users.user_of_request(wanted.request_id)

    async def _new(
        self, wanted: SignUp, password: str, role: str, client: Client
    ) -> tuple[User, Session]:
        user = User(
            id=uuid4(),
            email=wanted.email.text,
            email_key=wanted.email.key,
            display_name=wanted.display_name,
            password_hash=await self._passwords.hash(password),
            create_time=self._clock(),
            role=role,
        )
        return user, Session.begin(user.id, self._clock(), client=client)

    async def _retried(self, wanted: SignUp, user: User, client: Client) -> SignedIn:
        """Sign in who proves to be the one who signed up with this request."""
        same = (user.email_key, user.display_name) == (
            wanted.email.key,
            wanted.display_name,
        )
        if not same or not await self._proving.is_password(user, wanted.password):
            raise RequestIdReused
        answer = await self._sign_in.proceed(user, [PASSWORD], client=client)
        if isinstance(answer, Challenge):
            raise RequestIdReused
        return answer

    async def get(self, user_id: UUID) -> User:
        """Return a user."""
        if user := await self._users.user(user_id):
            return user
        raise UserNotFound(user=f"users/{user_id}")

    async def rename(self, user_id: UUID, display_name: str) -> User:
        """Change what others see of a user."""
        if user := await self._users.rename(user_id, display_name):
            return user
        raise UserNotFound(user=f"users/{user_id}")

    async def delete(self, caller: Caller, password: str, *, client: Client) -> None:
        """Delete a user who knows the password, and before that what others keep."""
        user_id = caller.user_id
        user = await self.get(user_id)
        await self._prove(caller, user, password, client)
        if await self._users.is_last_owner(user_id):
            raise LastOwner
        # As long as one of them cannot be asked the user is there, and can try again.
        await self._erasing.erase(user, session_id=caller.session_id)
        await self._sessions.end_all(user_id, client=client)
        async with self._audit.together():
            await self._users.delete(user_id)
            log.info("user deleted", extra={"user": user.name})
            await self._record("user.delete", user, client)

    async def _prove(
        self, caller: Caller, user: User, password: str, client: Client
    ) -> None:
        if user.password_hash is None:
            require_fresh(caller)
            return
        known = await self._sessions.is_known(user.id, client)
        right = await self._proving.password(
            user, password, subject=user.email_key, client=client, known=known
        )
        if not right:
            log.info("deletion refused", extra={"user": user.name})
            await self._record("user.delete", user, client, failed=True)
            raise InvalidCredentials

    async def _taken(self, wanted: SignUp, client: Client) -> None:
        await self._audit.record(
            client.event(
                "user.create",
                "users/-",
                actor=None,
                outcome="failure",
                details={"by": "email_taken"},
                stranger=wanted.email.key,
            )
        )

    async def _record(
        self, action: str, user: User, client: Client, *, failed: bool = False
    ) -> None:
        await self._audit.record(
            client.event(
                action,
                user.name,
                actor=user.id,
                outcome="failure" if failed else "success",
            )
        )
