"""How users are managed."""

import logging
from collections.abc import Sequence
from uuid import UUID

from services.auth.accounts.erasing import Erasing
from services.auth.admin.model import Outcome, Wanted
from services.auth.admin.ports import Directory, FactorReset
from services.auth.audit.acting import Acting
from services.auth.audit.ports import Audit
from services.auth.mail.ports import Mailer
from services.auth.roles.model import ADMINISTRATIVE, Rights, within
from services.auth.roles.roles import Roles
from services.auth.sessions.sessions import Sessions
from services.auth.users.model import User, UserNotFound
from services.auth.users.ports import Users
from services.kit.clock import Clock

log = logging.getLogger(__name__)

RESET = "Somebody who administers Parley took your second factors away"


class Administration:
    """Lists, disables and deletes users, and says what they may do."""

    def __init__(
        self,
        directory: Directory,
        users: Users,
        roles: Roles,
        *,
        sessions: Sessions,
        factors: FactorReset,
        mailer: Mailer,
        erasing: Erasing,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._users = users
        self._roles = roles
        self._sessions = sessions
        self._factors = factors
        self._mailer = mailer
        self._erasing = erasing
        self._audit = audit
        self._clock = clock

    async def page(self, wanted: Wanted) -> Sequence[User]:
        """Return users, the latest first."""
        return await self._directory.page(wanted)

    async def get(self, user_id: UUID) -> tuple[User, Rights]:
        """Return a user, and what the user may do."""
        user = await self._users.user(user_id)
        if not user:
            raise UserNotFound(user=f"users/{user_id}")
        return user, await self._roles.rights(user_id, user.role)

    async def set_role(self, user_id: UUID, role: str, *, by: Acting) -> User:
        """Give a user another role, of what the giver may do."""
        was = await self.manageable(user_id, by)
        within(by.scope, (await self._roles.role(role)).permissions)
        details = {"role": role, "before": was.role}
        async with self._audit.together():
            outcome = await self._directory.set_role(user_id, role)
            return await self._done("role.change", outcome, user_id, by, details)

    async def disable(self, user_id: UUID, *, by: Acting) -> User:
        """Disable a user everywhere."""
        await self.manageable(user_id, by)
        async with self._audit.together():
            outcome = await self._directory.disable(user_id, self._clock())
            user = await self._done("user.disable", outcome, user_id, by)
            await self._sessions.end_all(user_id, client=by.origin)
        return user

    async def enable(self, user_id: UUID, *, by: Acting) -> User:
        """Let a user in again."""
        await self.manageable(user_id, by)
        async with self._audit.together():
            outcome = await self._directory.enable(user_id)
            return await self._done("user.enable", outcome, user_id, by)

    async def delete(self, user_id: UUID, *, by: Acting) -> None:
        """
        Delete a user with all that others keep, if the user is there.

        Disabled first: nothing more is written, and who cannot be erased wholly now
        stays out until the next try.
        """
        if not await self._users.user(user_id):
            return
        user = await self.disable(user_id, by=by)
        await self._erasing.erase(
            user,
            session_id=by.origin.session_id,
            key_id=by.key_id,
            by=by.user_id,
            by_version=by.version,
        )
        async with self._audit.together():
            await self._users.delete(user_id)
            log.info("user deleted", extra={"user": user.name})
            await self._audit.record(by.event("user.delete", user.name))

    async def reset_factors(self, user_id: UUID, *, by: Acting) -> None:
        """Take a user's second factors away, and end all sessions."""
        user = await self.manageable(user_id, by)
        async with self._audit.together():
            await self._factors.reset(user_id)
            await self._sessions.end_all(user_id, client=by.origin)
            await self._audit.record(by.event("user.factors.reset", user.name))
            await self._mailer.send(
                "credential_changed", to=user.email, values={"change": RESET}
            )

    async def end_session(self, user_id: UUID, session_id: UUID, *, by: Acting) -> None:
        """End a user's session, if it has not ended."""
        await self.manageable(user_id, by)
        name = f"users/{user_id}/sessions/{session_id}"
        async with self._audit.together():
            await self._sessions.end(user_id, session_id, client=by.origin)
            await self._audit.record(by.event("session.revoke", name))

    async def end_sessions(self, user_id: UUID, *, by: Acting) -> None:
        """End all sessions of a user."""
        user = await self.manageable(user_id, by)
        async with self._audit.together():
            await self._sessions.end_all(user_id, client=by.origin)
            await self._audit.record(by.event("session.revoke", user.name))

    async def manageable(self, user_id: UUID, by: Acting) -> User:
        """Return a user of whom somebody may change something."""
        user, rights = await self.get(user_id)
        # A key that provisions may do nothing itself; who administers is not its.
        wanted = rights.scope & ADMINISTRATIVE if by.provisions else rights.scope
        within(by.scope, wanted)
        return user

    async def _done(
        self,
        action: str,
        outcome: Outcome | None,
        user_id: UUID,
        by: Acting,
        details: dict[str, str] | None = None,
    ) -> User:
        if outcome is None:
            raise UserNotFound(user=f"users/{user_id}")
        if outcome.changed:
            log.info(action, extra={"user": outcome.user.name})
            event = by.event(action, outcome.user.name, details=details)
            await self._audit.record(event)
        return outcome.user
