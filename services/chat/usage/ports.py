"""What usage needs from the outside."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from services.chat.names import HoldName
from services.chat.usage.model import Charge, Hold, Period, Price, Spent, Used


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


class Holds(Protocol):
    """What is set aside for what other services do."""

    async def create(
        self, name: HoldName, model: str, *, input_tokens: int, wanted: int
    ) -> Hold:
        """Set aside what is read, and what is wanted to write; once for each name.

        Raises `BudgetExhausted`.
        """

    async def extend(
        self, name: HoldName, *, input_tokens: int, output_tokens: int, wanted: int
    ) -> Hold:
        """Keep how far it is, and set more aside if it wants to write more.

        Raises `HoldNotFound` or `BudgetExhausted`.
        """

    async def settle(self, name: HoldName, used: Used, *, model: str) -> None:
        """Charge what was used and release the rest, if that was not done."""
