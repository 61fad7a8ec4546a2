"""Where groups are kept."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.groups.model import Group, Membership


class StoredGroups(Protocol):
    """Stored groups."""

    async def group(self, group_id: UUID) -> Group | None:
        """Return a group."""

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[Group]:
        """Return the groups that follow one, the latest first."""

    async def page_of(
        self, user_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[Group]:
        """Return the groups of a user that follow one, the latest first."""

    async def add(self, group: Group) -> bool:
        """Store a group (`GroupTaken`, `TooManyGroups`); False if its ID is stored."""

    async def change(self, group: Group, *, role: bool) -> bool:
        """
        Store a group anew, its role if that is to change; False if it is gone.

        Of another role, tokens end.
        """

    async def delete(self, group_id: UUID) -> bool:
        """Delete a group and end its members' tokens; False if it is gone."""

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
        Take users in and others out, and end their tokens; None if the group is gone.

        `leave` None: all but who joins. Raises `UserNotFound` and `TooManyGroups`.
        """
