"""What erasing needs from the outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.llm.erasure.model import Due, Found


class Erasures(Protocol):
    """Erasures that are not done."""

    async def ask(self, user_id: UUID, *, closing_account: bool) -> datetime:
        """
        Begin to erase what there is of a user, and what will be if the account closes.

        Everything is out of sight at once. Returns by when it is gone: if it has begun
        already, that stays.
        """

    async def due(self, limit: int) -> Sequence[Due]:
        """Return those that are due for a look, the longest waiting first."""

    async def erase(self, user_id: UUID) -> Found:
        """Erase a bounded part."""

    async def done(self, user_id: UUID) -> None:
        """Remember no more that something was to be erased."""


class Vectors(Protocol):
    """What the index holds of users."""

    async def delete_owner(self, owner_id: UUID) -> None:
        """Remove everything that a user owns."""
