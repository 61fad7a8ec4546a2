"""Where codes are kept."""

from datetime import datetime
from typing import Protocol

from services.auth.codes.model import Asked, Code, Purpose, Refusal


class StoredCodes(Protocol):
    """Stored codes, each with what is waiting for it."""

    async def add(self, code: Code, asked: Asked, *, now: datetime) -> None:
        """Store a code."""

    async def replace(self, code: Code, *, now: datetime) -> Asked | None:
        """Put a code in the place of the one before, if another may be sent."""

    async def take(
        self, token_hash: bytes, code_hash: bytes, purpose: Purpose, *, now: datetime
    ) -> Asked | Refusal:
        """
        Count a try, and take a code away if it is right.

        Of those who come with the right one at the same time, one alone gets it.
        """
