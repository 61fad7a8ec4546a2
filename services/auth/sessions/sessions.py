"""How people sign in, stay signed in, and sign out."""

import logging
from uuid import UUID

from services.auth.attempts.attempts import Attempts
from services.auth.passwords.passwords import Passwords
from services.auth.sessions.model import InvalidCredentials, Session, SignedIn
from services.auth.sessions.ports import StoredSessions
from services.auth.sessions.tokens import AccessTokens, RefreshTokens
from services.auth.users.emails import EmailAddress
from services.auth.users.model import User
from services.auth.users.ports import Users
from services.kit.clock import Clock

log = logging.getLogger(__name__)


class Sessions:
    """Begins, refreshes and ends sessions."""

    def __init__(
        self,
        store: StoredSessions,
        users: Users,
        passwords: Passwords,
        *,
        attempts: Attempts,
        access_tokens: AccessTokens,
        refresh_tokens: RefreshTokens,
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._passwords = passwords
        self._attempts = attempts
        self._access_tokens = access_tokens
        self._refresh_tokens = refresh_tokens
        self._clock = clock

    async def sign_in(
        self, email: str, password: str, *, address: str | None, cookie: str | None
    ) -> SignedIn:
        """Begin a session for who has this address and password."""
        # One path for every stranger: a malformed address is nobody's.
        parsed = EmailAddress.parse(email)
        key = parsed.key if parsed else None
        user = await self._users.user_of_email(key) if key else None
        await self._attempts.count(email_key=key, address=address)
        if not await self.right(user, password) or not user:
            log.info("sign-in refused", extra={"user": user and user.name})
            raise InvalidCredentials
        session = Session.begin(user.id, self._clock())
        if not await self._store.add(session):
            raise InvalidCredentials
        await self._attempts.forgive(user.email_key)
        return await self.begun(session, cookie)

    async def keep(self, session: Session) -> bool:
        """Store a session; False if its user is gone."""
        return await self._store.add(session)

    async def right(self, user: User | None, password: str) -> bool:
        """Verify a user's password, and renew its hash if the parameters changed."""
        stored = user.password_hash if user else None
        verdict = await self._passwords.verify(stored, password)
        if user and verdict.rehashed:
            await self._users.replace_hash(user, verdict.rehashed)
        return verdict.right

    async def begun(self, session: Session, cookie: str | None) -> SignedIn:
        """Hand out a new session's tokens, and end the one whose cookie they take."""
        if cookie and (replaced := self._refresh_tokens.read(cookie)):
            await self._store.delete(replaced.session_id)
        log.info("session begun", extra={"session": session.name})
        return self._signed_in(session)

    async def refresh(self, cookie: str) -> SignedIn | None:
        """
        Exchange a refresh token for the next; None if its session has ended.

        A token that was replaced long ago may be stolen. Then nobody knows which of
        the two is the thief, and the session ends for both.
        """
        if not (token := self._refresh_tokens.read(cookie)):
            return None
        now = self._clock()
        if session := await self._store.rotate(token.session_id, token.counter, now):
            return self._signed_in(session)
        # Counters only grow, so what was too old a moment ago still is.
        ended = await self._store.delete(token.session_id)
        if ended and ended.expire_time > now:
            log.warning(
                "session ended: a refresh token was used again",
                extra={"session": ended.name},
            )
        return None

    async def end(self, user_id: UUID, session_id: UUID) -> None:
        """End a user's session, if it has not ended."""
        if ended := await self._store.delete(session_id, user_id=user_id):
            log.info("session ended: signed out", extra={"session": ended.name})

    def _signed_in(self, session: Session) -> SignedIn:
        now = self._clock()
        return SignedIn(
            session,
            self._access_tokens.issue(session, now),
            self._refresh_tokens.issue(session),
            lifetime=session.expire_time - now,
        )
