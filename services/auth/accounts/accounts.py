"""How people sign up, and how they leave."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from services.auth.accounts.ports import DataOwner, NewAccounts
from services.auth.attempts.attempts import Attempts
from services.auth.audit.model import Event
from services.auth.audit.ports import Audit
from services.auth.passwords.passwords import Passwords, accept
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


class Accounts:
    """Creates, shows and deletes users."""

    def __init__(
        self,
        store: NewAccounts,
        users: Users,
        passwords: Passwords,
        *,
        attempts: Attempts,
        proving: Proving,
        sign_in: SignIn,
        sessions: Sessions,
        owners: Sequence[DataOwner],
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._passwords = passwords
        self._attempts = attempts
        self._proving = proving
        self._sign_in = sign_in
        self._sessions = sessions
        self._owners = owners
        self._audit = audit
        self._clock = clock

    async def create(self, wanted: SignUp, *, client: Client) -> tuple[User, SignedIn]:
        """Create a user with a session; a retry finds the user of the first try."""
        password = accept(wanted.password)
        await self._attempts.count("password", subject=None, address=client.address)
        user = await self._made_before(wanted)
        if not user:
            user, session = await self._new(wanted, password, client)
            added = await self._store.add(user, session, request_id=wanted.request_id)
            if added:
                log.info("user created", extra={"user": added.name})
                await self._record("user.create", added, client)
                return added, await self._sessions.begun(added, session, client)
            user = await self._made_before(wanted)
            if not user:
                raise EmailTaken
        return user, await self._retried(wanted, user, client)

    async def _made_before(self, wanted: SignUp) -> User | None:
        if not wanted.request_id:
            return None
        return await self._users.user_of_request(wanted.request_id)

    async def _new(
        self, wanted: SignUp, password: str, client: Client
    ) -> tuple[User, Session]:
        user = User(
            id=uuid4(),
            email=wanted.email.text,
            email_key=wanted.email.key,
            display_name=wanted.display_name,
            password_hash=await self._passwords.hash(password),
            create_time=self._clock(),
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

    async def delete(
        self, user_id: UUID, password: str, *, client: Client, token: str
    ) -> None:
        """Delete a user who knows the password, and before that what others keep."""
        user = await self.get(user_id)
        right = await self._proving.password(
            user, password, subject=user.email_key, client=client
        )
        if not right:
            log.info("deletion refused", extra={"user": user.name})
            await self._record("user.delete", user, client, failed=True)
            raise InvalidCredentials
        # As long as one of them cannot be asked the user is there, and can try again.
        for owner in self._owners:
            await owner.erase(user_id, token=token)
        await self._sessions.end_all(user_id, client=client)
        await self._users.delete(user_id)
        log.info("user deleted", extra={"user": user.name})
        await self._record("user.delete", user, client)

    async def _record(
        self, action: str, user: User, client: Client, *, failed: bool = False
    ) -> None:
        await self._audit.record(
            Event(
                action=action,
                outcome="failure" if failed else "success",
                actor=user.id,
                subject=user.name,
                address=client.address,
                user_agent=client.user_agent,
            )
        )
