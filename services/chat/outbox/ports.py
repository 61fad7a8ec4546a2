"""What readers of events need from the outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from services.chat.outbox.model import Slice


class Events(Protocol):
    """Each user's events, numbered from 1 in the order in which they were committed."""

    async def heads(self, user_ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """Return the number of each user's latest event, if there is one."""

    async def after(self, user_id: UUID, seq: int, limit: int) -> Slice:
        """Return the first of a user's kept events after `seq`."""
