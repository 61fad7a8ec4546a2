"""What erasing needs from the outside."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from services.chat.erasure.model import Asked, Due, Progress


class Erasures(Protocol):
    """Erasures that are not done."""

    async def ask(self, user_id: UUID, *, going_on: timedelta) -> Asked:
        """
        Begin to erase what there is of a user, and what will be for so long.

        Conversations and links are out of sight at once, and replies are told to stop.
        If it has begun already, it goes on, and its deadline stays.
        """

    async def due(self, limit: int) -> Sequence[Due]:
        """Return those that are due for a look, the longest waiting first."""

    async def erase(self, user_id: UUID) -> Progress:
        """Erase a bounded part. When nothing is left, record so, and it is done."""
