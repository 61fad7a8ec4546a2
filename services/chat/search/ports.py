"""What search needs from the outside."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.chat.search.model import Results, Search


class Index(Protocol):
    """The words of all messages that have ended."""

    async def find(
        self, search: Search, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Results:
        """Return messages that follow `after`, the newest first."""
