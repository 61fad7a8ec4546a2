"""What usage needs from the outside."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from services.chat.usage.model import Charge, Period, Price, Spent


class Usage(Protocol):
    """What users have used."""

    async def spent(self, user_id: UUID, day: date) -> Mapping[Period, Spent]:
        """Return what is used in each period that a day lies in."""

    async def charges(
        self, user_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Charge]:
        """Return the charges that follow `after`, the newest first."""


class PricedModels(Protocol):
    """The models that there are."""

    async def prices(self) -> Mapping[str, Price]:
        """Return what each costs, the default first; `Unavailable` if llm is away."""
