"""Where provisioned users and groups are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from scim2_models.path import FilterNode

from services.auth.scim.model import Person, Provisioned, Slice, Team
from services.auth.users.model import User


class Directory(Protocol):
    """Stored users and groups, as SCIM looks at them."""

    async def user(self, user_id: UUID) -> Provisioned | None:
        """Return a user."""

    async def users(
        self, fits: FilterNode | None, part: Slice
    ) -> tuple[int, Sequence[Provisioned]]:
        """Return how many users a filter fits, and some of them."""

    async def add(self, user: User, person: Person) -> None:
        """Store a user (`UserNameTaken`)."""

    async def replace(self, user_id: UUID, person: Person, now: datetime) -> bool:
        """Store a user anew, but for `active` (`UserNameTaken`); False: it is gone."""

    async def teams(
        self, fits: FilterNode | None, part: Slice
    ) -> tuple[int, Sequence[Team]]:
        """Return how many groups a filter fits, and some of them."""

    async def team(self, group_id: UUID) -> Team | None:
        """Return a group."""
