"""How people sign up, and how they leave."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from services.auth.accounts.ports import DataOwner, NewAccounts
from services.auth.attempts.attempts import Attempts
from services.auth.passwords.passwords import Passwords, accept
from services.auth.sessions.model import InvalidCredentials, Session, SignedIn
from services.auth.sessions.sessions import Sessions
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
        sessions: Sessions,
        owners: Sequence[DataOwner],
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._passwords = passwords
        self._attempts = attempts
        self._sessions = sessions
        self._owners = owners
        self._clock = clock

    async def create(
        self, wanted: SignUp, *, address: str | None, cookie: str | None
    ) -> tuple[User, SignedIn]:
        """Create a user with a session; a retry finds the user of the first try."""
        password = accept(wanted.password)
        await self._attempts.count(email_key=None, address=address)
        user = await self._made_before(wanted)
        if not user:
            user, session = await self._new(wanted, password)
            added = await self._store.add(user, session, request_id=wanted.request_id)
            if added:
                log.info("user created", extra={"user": user.name})
                return user, await self._sessions.begun(session, cookie)
            user = await self._made_before(wanted)
            if not user:
                raise EmailTaken
        session = await self._retried(wanted, user)
        return user, await self._sessions.begun(session, cookie)

    async def _made_before(self, wanted: SignUp) -> User | None:
        if not wanted.request_id:
            return None
        return await self._users.user_of_request(wanted.request_id)

    async def _new(self, wanted: SignUp, password: str) -> tuple[User, Session]:
        user = User(
            id=uuid4(),
            email=wanted.email.text,
            email_key=wanted.email.key,
            display_name=wanted.display_name,
            password_hash=await self._passwords.hash(password),
            create_time=self._clock(),
        )
        return user, Session.begin(user.id, self._clock())

    async def _retried(self, wanted: SignUp, user: User) -> Session:
        """Sign in who proves to be the one who signed up with this request."""
        same = (user.email_key, user.display_name) == (
            wanted.email.key,
            wanted.display_name,
        )
        if not same or not await self._sessions.right(user, wanted.password):
            raise RequestIdReused
        session = Session.begin(user.id, self._clock())
        if not await self._sessions.keep(session):
            raise RequestIdReused
        return session

    async def get(self, user_id: UUID) -> User:
        """Return a user."""
        if user := await self._users.user(user_id):
            return user
        raise UserNotFound(user=f"users/{user_id}")

    async def delete(
        self, user_id: UUID, password: str, *, address: str | None, token: str
    ) -> None:
        """Delete a user who knows the password, and before that what others keep."""
        user = await self.get(user_id)
        await self._attempts.count(email_key=user.email_key, address=address)
        if not await self._sessions.right(user, password):
            log.info("deletion refused", extra={"user": user.name})
            raise InvalidCredentials
        await self._attempts.forgive(user.email_key)
        # As long as one of them cannot be asked the user is there, and can try again.
        for owner in self._owners:
            await owner.erase(user_id, token=token)
        await self._users.delete(user_id)
        log.info("user deleted", extra={"user": user.name})
