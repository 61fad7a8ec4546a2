"""Groups, and who is in them."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from services.auth.audit.acting import Acting
from services.auth.audit.ports import Audit
from services.auth.groups.model import (
    Group,
    GroupNotFound,
    Membership,
)
from services.auth.groups.ports import StoredGroups
from services.auth.roles.model import (
    FIRST_ROLE,
    ROLES_WRITE,
    RightsExceeded,
    within,
)
from services.auth.roles.roles import Roles
from services.kit.clock import Clock
from services.kit.errors import RequestIdReused
from services.kit.permits import PermissionMissing

log = logging.getLogger(__name__)


class Groups:
    """Makes, changes and deletes groups."""

    def __init__(
        self,
        store: StoredGroups,
        roles: Roles,
        *,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._roles = roles
        self._audit = audit
        self._clock = clock

    async def get(self, group_id: UUID) -> Group:
        """Return a group."""
        if group := await self._store.group(group_id):
            return group
        raise GroupNotFound(group=f"groups/{group_id}")

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[Group]:
        """Return the groups that follow one, the latest first."""
        return await self._store.page(after=after, limit=limit)

    async def create(self, group: Group, *, by: Acting) -> Group:
        """Make a group; a retry finds the group of the first try."""
        await self._may_give(group.role, by)
        if not await self._store.add(group):
            was = await self.get(group.id)
            if (was.display_name, was.role) != (group.display_name, group.role):
                raise RequestIdReused
            return was
        await self._record("group.create", group, by)
        return group

    async def update(
        self, group_id: UUID, *, by: Acting, **fields: str | None
    ) -> Group:
        """Change `display_name`, `role` or `external_id` of a group."""
        was = await self.get(group_id)
        group = replace(was, **fields, update_time=self._clock())  # type: ignore[arg-type]  # the fields are texts
        role = group.role != was.role
        if role:
            await self._may_give(group.role, by)
            # Nor does anybody take what they have not.
            await self._covers(was.role, by)
            if ROLES_WRITE not in by.scope:
                raise PermissionMissing(permission=ROLES_WRITE)
        if not await self._store.change(group, role=role):
            raise GroupNotFound(group=group.name)
        await self._record("group.update", group, by)
        return group

    async def delete(self, group_id: UUID, *, by: Acting) -> None:
        """Delete a group, if it is there."""
        group = await self._store.group(group_id)
        if not group:
            return
        await self._covers(group.role, by)
        if await self._store.delete(group_id):
            await self._record("group.delete", group, by)

    async def members(
        self, group_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        """Return who is in a group, by ID."""
        await self.get(group_id)
        return await self._store.members(group_id, after=after, limit=limit)

    async def change_members(
        self,
        group_id: UUID,
        *,
        join: Collection[UUID] = (),
        leave: Collection[UUID] | None = (),
        by: Acting,
    ) -> None:
        """Take users in and others out; `leave` None: all but who joins."""
        group = await self.get(group_id)
        await self._covers(group.role, by)
        membership = await self._store.change_members(
            group_id, join=join, leave=leave, now=self._clock()
        )
        if membership is None:
            raise GroupNotFound(group=group.name)
        await self._record_members(group, membership, by)

    async def _may_give(self, role: str | None, by: Acting) -> None:
        """Refuse a role that somebody may not give to a group."""
        if role is None:
            return
        if role == FIRST_ROLE:
            raise RightsExceeded
        if ROLES_WRITE not in by.scope:
            raise PermissionMissing(permission=ROLES_WRITE)
        await self._covers(role, by)

    async def _covers(self, role: str | None, by: Acting) -> None:
        """Refuse who may not do all that a group's members may by it."""
        if role is not None and not by.provisions:
            within(by.scope, (await self._roles.role(role)).permissions)

    async def _record(self, action: str, group: Group, by: Acting) -> None:
        log.info(action, extra={"group": group.name})
        details = {"role": group.role or ""}
        await self._audit.record(by.event(action, group.name, details=details))

    async def _record_members(
        self, group: Group, membership: Membership, by: Acting
    ) -> None:
        for action, users in (("join", membership.joined), ("leave", membership.left)):
            for user in users:
                event = by.event(
                    f"group.{action}",
                    f"users/{user}",
                    details={"group": group.name, "role": group.role or ""},
                )
                await self._audit.record(event)
