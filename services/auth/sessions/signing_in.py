"""How people sign in, in steps."""

import logging
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from services.auth.audit.ports import Audit
from services.auth.sessions.model import (
    CHALLENGE,
    PASSWORD,
    SEVERAL,
    Challenge,
    ChallengeEnded,
    Client,
    Factor,
    InvalidCredentials,
    PendingSignIn,
    Proof,
    Session,
    SignedIn,
)
from services.auth.sessions.ports import PendingSignIns, StoredSessions
from services.auth.sessions.proving import Proving, with_several
from services.auth.sessions.sessions import Sessions
from services.auth.users.emails import EmailAddress
from services.auth.users.model import User
from services.auth.users.ports import Users
from services.kit.clock import Clock

log = logging.getLogger(__name__)

TOKEN_BYTES = 32


class SignIn:
    """Begins sessions for who shows who they are."""

    def __init__(
        self,
        users: Users,
        pending: PendingSignIns,
        store: StoredSessions,
        *,
        proving: Proving,
        sessions: Sessions,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._users = users
        self._pending = pending
        self._store = store
        self._proving = proving
        self._sessions = sessions
        self._audit = audit
        self._clock = clock

    async def with_password(
        self, email: str, password: str, *, client: Client
    ) -> SignedIn | Challenge:
        """Sign in who has this address and password."""
        # One path for every stranger: a malformed address is nobody's.
        parsed = EmailAddress.parse(email)
        key = parsed.key if parsed else None
        user = await self._users.user_of_email(key) if key else None
        known = await self._sessions.is_known(user.id if user else None, client)
        right = await self._proving.password(
            user, password, subject=key, client=client, known=known
        )
        if not right or not user:
            await self.refused(user, PASSWORD, client, tried=key or email)
            raise InvalidCredentials
        return await self.proceed(user, [PASSWORD], client=client)

    async def proceed(
        self,
        user: User,
        methods: list[str],
        *,
        client: Client,
        auth_time: datetime | None = None,
    ) -> SignedIn | Challenge:
        """
        Go on with who has shown a first factor, in whatever way.

        Everybody who signs in comes by here: who is disabled gets no further, and who
        has a second factor is asked for it, unless a passkey was both.
        """
        if user.disabled_time:
            await self.refused(user, "disabled", client)
            raise InvalidCredentials
        methods = with_several(methods)
        factors = await self._proving.factors(user)
        if factors and SEVERAL not in methods:
            return await self._challenge(user, methods, factors)
        return await self.begin(user, methods, client=client, auth_time=auth_time)

    async def begin(
        self,
        user: User,
        methods: list[str],
        *,
        client: Client,
        auth_time: datetime | None = None,
    ) -> SignedIn:
        """Begin a session for who has shown enough: at some time before, or now."""
        session = Session.begin(
            user.id, self._clock(), methods=methods, client=client, auth_time=auth_time
        )
        async with self._audit.together():
            if not await self._store.add(session, version=user.version):
                raise InvalidCredentials
            return await self._sessions.begun(user, session, client)

    async def complete(self, token: str, proof: Proof, *, client: Client) -> SignedIn:
        """Go on with a challenge's second factor."""
        token_hash = hash_of(token)
        pending = await self._pending.count(token_hash, now=self._clock())
        user = pending and await self._users.user(pending.user_id)
        if not pending or not user or user.disabled_time:
            raise ChallengeEnded
        known = await self._sessions.is_known(user.id, client)
        try:
            method = await self._proving.factor(
                user, proof, "second", client=client, known=known
            )
        except InvalidCredentials:
            await self.refused(user, proof.factor, client)
            raise
        if not await self._pending.take(token_hash):
            raise ChallengeEnded
        methods = with_several([*pending.methods, method])
        return await self.begin(user, methods, client=client)

    async def _challenge(
        self, user: User, methods: list[str], factors: frozenset[Factor]
    ) -> Challenge:
        token, now = token_urlsafe(TOKEN_BYTES), self._clock()
        pending = PendingSignIn(user_id=user.id, methods=methods)
        if not await self._pending.add(
            hash_of(token), pending, version=user.version, now=now
        ):
            raise InvalidCredentials
        return Challenge(token=token, factors=factors, expire_time=now + CHALLENGE)

    async def refused(
        self, user: User | None, by: str, client: Client, *, tried: str | None = None
    ) -> None:
        """Record that somebody was not let in; `tried` says as whom, if as nobody."""
        log.info("sign-in refused", extra={"user": user and user.name, "by": by})
        await self._audit.record(
            client.event(
                "session.create",
                user.name if user else "users/-",
                actor=None,  # nobody has shown who they are
                outcome="failure",
                details={"by": by},
                stranger=None if user else tried,
            )
        )


def hash_of(token: str) -> bytes:
    """Return what a challenge is looked up by."""
    return sha256(token.encode()).digest()
