"""What managing users needs from the outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.admin.model import Outcome, Wanted
from services.auth.users.model import User


class Directory(Protocol):
    """Stored users, as who manages them changes them."""

    async def page(self, wanted: Wanted) -> Sequence[User]:
        """Return users, the latest first."""

    async def set_role(self, user_id: UUID, role: str) -> Outcome | None:
        """Give another role (`RoleNotFound`, `LastOwner`); None if the user is gone."""

    async def disable(self, user_id: UUID, now: datetime) -> Outcome | None:
        """Disable a user (`LastOwner`); None if the user is gone."""

    async def enable(self, user_id: UUID) -> Outcome | None:
        """Let a user in again; None if the user is gone."""


class FactorReset(Protocol):
    """Where second factors are."""

    async def reset(self, user_id: UUID) -> None:
        """Take all of a user's second factors away."""
