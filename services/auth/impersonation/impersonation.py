"""How somebody acts as somebody else: openly, for minutes, and for little."""

import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from services.auth.admin.administration import Administration
from services.auth.audit.acting import Acting
from services.auth.audit.ports import Audit
from services.auth.mail.ports import Mailer
from services.auth.revocations.ports import Revocations
from services.auth.roles.model import IMPERSONABLE
from services.auth.roles.roles import Roles
from services.auth.sessions.model import NEVER, AccessToken, Grant
from services.auth.sessions.tokens import AccessTokens
from services.kit.caller import Caller, Forbidden, Unauthenticated
from services.kit.clock import Clock

log = logging.getLogger(__name__)


class Impersonation:
    """Hands out tokens with which somebody acts as a user."""

    def __init__(
        self,
        administration: Administration,
        roles: Roles,
        *,
        access_tokens: AccessTokens,
        verify: Callable[[str], Awaitable[Caller]],
        revocations: Revocations,
        mailer: Mailer,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._administration = administration
        self._roles = roles
        self._access_tokens = access_tokens
        self._verify = verify
        self._revocations = revocations
        self._mailer = mailer
        self._audit = audit
        self._clock = clock

    async def begin(self, user_id: UUID, reason: str, *, by: Acting) -> AccessToken:
        """
        Hand out a token that speaks for a user, and tell the user.

        It is bound to the session of who acts, and to what they may do: it ends when
        the one ends or the other changes.
        """
        if not by.origin.session_id or user_id == by.user_id:
            raise Forbidden
        user = await self._administration.manageable(user_id, by)
        if user.disabled_time:
            raise Forbidden
        rights = await self._roles.rights(user.id, user.role)
        # Written down before there is a token.
        event = by.event("impersonation.begin", user.name, details={"reason": reason})
        await self._audit.record(event)
        log.warning("impersonation begun", extra={"user": user.name})
        await self._mailer.send(
            "impersonated", to=user.email, values={"reason": reason}
        )
        now = self._clock()
        grant = Grant(
            user_id=user.id,
            session_id=by.origin.session_id,
            scope=rights.scope & IMPERSONABLE,
            groups=rights.groups,
            methods=(),
            auth_time=NEVER,
            version=user.version,
            impersonator=by.user_id,
            impersonator_version=by.version,
        )
        return self._access_tokens.issue(grant, now)

    async def end(self, token: str, *, by: Acting) -> None:
        """Have a token refused everywhere, unless it is no longer good anyway."""
        try:
            held = await self._verify(token)
        except Unauthenticated:
            return
        if held.impersonator != by.user_id or not held.token_id:
            raise Forbidden
        subject = f"users/{held.user_id}"
        async with self._audit.together():
            await self._revocations.token(held.token_id)
            await self._audit.record(by.event("impersonation.end", subject))
        log.info("impersonation ended", extra={"user": subject})
