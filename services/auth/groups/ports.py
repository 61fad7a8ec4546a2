"""Where groups are kept."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.groups.model import Group, Membership
from services.auth.roles.ports import Changed


class StoredGroups(Protocol):
    """Stored groups."""

    async def group(self, group_id: UUID) -> Group | None:
        """Return a group."""

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[Group]:
        """Return the groups that follow one, the latest first."""

    async def add(self, group: Group) -> bool:
        """Store a group (`GroupTaken`, `TooManyGroups`); False if its ID is stored."""

    async def change(self, group: Group) -> Changed | None:
        """Store a group anew and tell whose rights change; None if it is gone."""

    async def delete(self, group_id: UUID) -> Changed | None:
        """Delete a group and tell whose rights change; None if it is gone."""

    async def members(
        self, group_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        """Return the members that follow one, by ID."""

    async def of_users(self, users: Collection[UUID]) -> dict[UUID, list[UUID]]:
        """Return the groups of each user who is in any."""

    async def change_members(
        self,
        group_id: UUID,
        *,
        join: Collection[UUID],
        leave: Collection[UUID] | None,
        now: datetime,
    ) -> Membership | None:
        """
        Take users in and others out; None if the group is gone.

        `leave` None: all but who joins. Raises `UserNotFound` and `TooManyGroups`.
        """
