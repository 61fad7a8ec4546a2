"""What users may do, and the roles that say so."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.auth.audit.acting import Acting
from services.auth.audit.ports import Audit
from services.auth.roles.model import (
    ADMINISTRATIVE,
    ALWAYS,
    BUILT_IN,
    MAX_ROLES,
    OWNER,
    ROLES_WRITE,
    Rights,
    RightsExceeded,
    Role,
    RoleFixed,
    RoleInUse,
    RoleNotFound,
    RoleTaken,
    TooManyRoles,
    within,
)
from services.auth.roles.ports import StoredRoles

log = logging.getLogger(__name__)

NOTHING: frozenset[str] = frozenset()


class Roles:
    """Says what users may do; makes, changes and deletes roles."""

    def __init__(self, store: StoredRoles, *, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    async def rights(self, user_id: UUID, role: str) -> Rights:
        """Return what a user with a role may do, with what the user's groups add."""
        found = await self._store.of_user(user_id, role)
        scope = NOTHING.union(*(allowed(id, own) for _, id, own in found))
        return Rights(
            scope,
            tuple(group for group, _, _ in found if group),
            frozenset(id for _, id, _ in found if id),
        )

    async def role(self, id: str) -> Role:
        """Return a role."""
        always = {role.id: role for role in ALWAYS}
        if role := always.get(id) or await self._store.role(id):
            return role
        raise RoleNotFound(role=f"roles/{id}")

    async def page(self, *, after: str | None, limit: int) -> Sequence[Role]:
        """Return the roles that follow one, those that there always are first."""
        roles = [*ALWAYS, *await self._store.all()]
        ids = [role.id for role in roles]
        start = ids.index(after) + 1 if after in ids else 0
        return roles[start : start + limit]

    async def create(self, role: Role, *, by: Acting) -> Role:
        """Make a role of what its maker may do."""
        makeable(role.permissions, by)
        if role.built_in:
            raise RoleTaken(role=role.name)
        if len(await self._store.all()) >= MAX_ROLES:
            raise TooManyRoles
        async with self._audit.together():
            if await self._store.add(role):
                await self._record("role.create", role, by)
            elif await self._store.role(role.id) != role:
                raise RoleTaken(role=role.name)
        return role

    async def update(
        self,
        id: str,
        *,
        display_name: str | None,
        permissions: frozenset[str] | None,
        by: Acting,
    ) -> Role:
        """Change a role for all who have it."""
        was = await self.role(id)
        if was.built_in:
            raise RoleFixed(role=was.name)
        role = replace(
            was,
            display_name=was.display_name if display_name is None else display_name,
            permissions=was.permissions if permissions is None else permissions,
        )
        # Also what it allowed until now: nobody takes from others what they have not.
        makeable(role.permissions | was.permissions, by)
        if role.permissions & ADMINISTRATIVE and await self._store.is_default(id):
            raise RoleInUse(role=role.name)
        async with self._audit.together():
            if not await self._store.change(role):
                raise RoleNotFound(role=role.name)
            await self._record("role.update", role, by)
        return role

    async def delete(self, id: str, *, by: Acting) -> None:
        """Delete a role that nobody has, if it is there."""
        if id in BUILT_IN:
            raise RoleFixed(role=f"roles/{id}")
        role = await self._store.role(id)
        async with self._audit.together():
            if role and await self._store.delete(id):
                await self._record("role.delete", role, by)

    async def _record(self, action: str, role: Role, by: Acting) -> None:
        log.info(action, extra={"role": role.name})
        details = {"permissions": " ".join(sorted(role.permissions))}
        await self._audit.record(by.event(action, role.name, details=details))


def allowed(role: str | None, own: Sequence[str] | None) -> frozenset[str]:
    """Return what a role allows: a built-in one, or `own` of the store."""
    if (always := BUILT_IN.get(role or "")) is not None:
        return always
    return frozenset(own or ()) & (OWNER - {ROLES_WRITE})


def makeable(permissions: frozenset[str], by: Acting) -> None:
    """Refuse a role that is not to be: of more than its maker may, or of an owner's."""
    if ROLES_WRITE in permissions:
        raise RightsExceeded
    within(by.scope, permissions)
