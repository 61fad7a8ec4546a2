"""What metering needs from the outside."""

from typing import Protocol
from uuid import UUID

from services.llm.metering.model import Use


class Holds(Protocol):
    """Whoever keeps users' budgets. Each raises `BudgetsUnavailable` if it is away."""

    async def create(
        self, user_id: UUID, id: UUID, use: Use, wanted: int
    ) -> int | None:
        """
        Set aside what is read, and `wanted` tokens to write (0: some).

        Return how many may be written in all, or None if there is no limit. Raises
        `BudgetExhausted` or `RateLimited`.
        """

    async def extend(
        self, user_id: UUID, id: UUID, use: Use, wanted: int
    ) -> int | None:
        """
        Say how far it is, and set aside what it needs to write `wanted` tokens in all.

        Returns what `create` does; raises `BudgetExhausted` or `HoldEnded`.
        """

    async def settle(self, user_id: UUID, id: UUID, use: Use) -> None:
        """Charge what was used."""
