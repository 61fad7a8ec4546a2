"""What usage needs from the outside."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from services.chat.usage.model import Charge, Period, Spent


class Usage(Protocol):
    """What users have used."""

    async def spent(self, user_id: UUID, day: date) -> Mapping[Period, Spent]:
        """Return what is used in each period that a day lies in."""

    async def charges(
        self, user_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Charge]:
        """Return the charges that follow `after`, the newest first."""
