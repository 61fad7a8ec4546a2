"""How people stay signed in, and sign out."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.auth.audit.origin import Origin
from services.auth.audit.ports import Audit
from services.auth.factors.ports import FactorPolicy
from services.auth.roles.model import ACCOUNT
from services.auth.sessions.devices import Devices
from services.auth.sessions.model import (
    SEVERAL,
    Client,
    Grant,
    InvalidCredentials,
    Proof,
    Session,
    SessionEnded,
    SignedIn,
)
from services.auth.sessions.ports import Roles, StoredSessions
from services.auth.sessions.proving import Proving
from services.auth.sessions.tokens import AccessTokens, RefreshTokens
from services.auth.users.model import User
from services.auth.users.ports import Users
from services.kit.clock import Clock
from services.kit.pages import Page

log = logging.getLogger(__name__)


class Sessions:
    """Hands out tokens, refreshes and ends sessions."""

    def __init__(
        self,
        store: StoredSessions,
        users: Users,
        roles: Roles,
        *,
        policy: FactorPolicy,
        devices: Devices,
        proving: Proving,
        access_tokens: AccessTokens,
        refresh_tokens: RefreshTokens,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._roles = roles
        self._policy = policy
        self._devices = devices
        self._proving = proving
        self._access_tokens = access_tokens
        self._refresh_tokens = refresh_tokens
        self._audit = audit
        self._clock = clock

    async def begun(self, user: User, session: Session, client: Client) -> SignedIn:
        """
        Hand out a new session's tokens, and end the one whose cookie they take.

        Whoever calls has stored the session, and does both together.
        """
        replaced = client.cookie and self._refresh_tokens.read(client.cookie)
        if replaced and (old := await self._store.delete(replaced.session_id)):
            await self._record("session.delete", old, client)
        log.info("session begun", extra={"session": session.name})
        await self._record("session.create", session, client)
        device = await self._devices.seen(user, client)
        return replace(await self._signed_in(user, session), device=device)

    async def is_known(self, user_id: UUID | None, client: Client) -> bool:
        """Tell whether somebody has signed in from there before."""
        return await self._devices.is_known(user_id, client)

    async def holder(self, client: Client) -> UUID | None:
        """Return whose session a cookie is of, if it has not ended."""
        token = client.cookie and self._refresh_tokens.read(client.cookie)
        if not token:
            return None
        return await self._store.holder(token.session_id, self._clock())

    async def forget_devices(self, user_id: UUID, *, client: Client) -> None:
        """Have somebody be new wherever they sign in, but from here."""
        await self._devices.forget(user_id, client)

    async def refresh(self, cookie: str, *, client: Client) -> SignedIn | None:
        """
        Exchange a refresh token for the next; None if its session has ended.

        A token that was replaced long ago may be stolen. Then nobody knows which of
        the two is the thief, and the session ends for both.
        """
        if not (token := self._refresh_tokens.read(cookie)):
            return None
        now = self._clock()
        session = await self._store.rotate(
            token.session_id, token.counter, now, client=client
        )
        if session:
            user = await self._users.user(session.user_id)
            if user and not user.disabled_time:
                return await self._signed_in(user, session)
        # Counters only grow, so what was too old a moment ago still is.
        async with self._audit.together():
            ended = await self._store.delete(token.session_id)
            if ended and ended.expire_time > now and not session:
                log.warning(
                    "session ended: a refresh token was used again",
                    extra={"session": ended.name},
                )
                await self._record("session.reuse", ended, client, denied=True)
        return None

    async def reauthenticate(
        self,
        user_id: UUID,
        session_id: UUID,
        *,
        password: str,
        proof: Proof | None,
        client: Client,
    ) -> SignedIn:
        """Show once more who one is; the new tokens say so (ASVS 7.2.4)."""
        user = await self._users.user(user_id)
        if not user or user.disabled_time:
            raise SessionEnded
        try:
            methods = await self._proving.whole(
                user,
                password=password,
                proof=proof,
                client=client,
                known=await self.is_known(user_id, client),
            )
        except InvalidCredentials:
            await self._audit.record(
                client.event(
                    "session.reauthenticate",
                    f"{user.name}/sessions/{session_id}",
                    actor=user_id,
                    outcome="failure",
                    session=session_id,
                )
            )
            raise
        async with self._audit.together():
            session = await self._store.shown(session_id, self._clock(), methods)
            if not session:
                raise SessionEnded
            await self._record("session.reauthenticate", session, client)
        return await self._signed_in(user, session)

    async def renew(
        self, user: User, session_id: UUID | None, *, client: Client
    ) -> SignedIn:
        """Put a new session in the place of one, with tokens of its own."""
        if session_id is None:
            raise SessionEnded
        async with self._audit.together():
            old = await self._store.delete(session_id, user_id=user.id)
            if not old:
                raise SessionEnded
            begun = Session.begin(
                user.id, self._clock(), methods=old.methods, client=client
            )
            # Who changes a password has shown it, and maybe not all there is to show.
            session = replace(begun, auth_time=old.auth_time)
            if not await self._store.add(session, version=user.version):
                raise SessionEnded
            await self._record("session.create", session, client)
        return await self._signed_in(user, session)

    async def page(self, user_id: UUID, page: Page) -> Sequence[Session]:
        """Return the sessions of a user that have not ended, the latest first."""
        return await self._store.page(user_id, self._clock(), page)

    async def end(self, user_id: UUID, session_id: UUID, *, client: Origin) -> None:
        """End a user's session, if it has not ended."""
        async with self._audit.together():
            if ended := await self._store.delete(session_id, user_id=user_id):
                log.info("session ended: signed out", extra={"session": ended.name})
                await self._record("session.delete", ended, client)

    async def end_all(
        self, user_id: UUID, *, but: UUID | None = None, client: Origin
    ) -> None:
        """End all sessions of a user, or all but one."""
        async with self._audit.together():
            for session in await self._store.delete_all(user_id, but=but):
                await self._record("session.delete", session, client)
        log.info("sessions ended", extra={"user": f"users/{user_id}"})

    async def _signed_in(self, user: User, session: Session) -> SignedIn:
        now = self._clock()
        rights = await self._roles.rights(user.id, user.role)
        scope = rights.scope
        # Where two factors are required, who has shown one may add the other.
        if SEVERAL not in session.methods and await self._policy.required(user.id):
            scope &= {ACCOUNT}
        grant = Grant(
            user_id=user.id,
            session_id=session.id,
            scope=scope,
            groups=rights.groups,
            methods=session.methods,
            auth_time=session.auth_time,
            version=user.version,
        )
        return SignedIn(
            session,
            self._access_tokens.issue(grant, now),
            self._refresh_tokens.issue(session),
            lifetime=session.expire_time - now,
        )

    async def _record(
        self, action: str, session: Session, client: Origin, *, denied: bool = False
    ) -> None:
        await self._audit.record(
            client.event(
                action,
                session.name,
                actor=session.user_id,
                outcome="denied" if denied else "success",
                session=session.id,
                details={"methods": " ".join(session.methods)},
            )
        )
