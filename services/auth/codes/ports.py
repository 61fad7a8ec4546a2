"""Where codes are kept."""

from datetime import datetime
from typing import Protocol

from services.auth.codes.model import Asked, Code, Purpose, Refusal


class StoredCodes(Protocol):
    """Stored codes, each with what is waiting for it."""

    async def add(self, code: Code, asked: Asked, *, now: datetime) -> None:
        """Store a code."""

    async def asked(self, token_hash: bytes, *, now: datetime) -> Asked | None:
        """Return what waits for a code, if another may be sent."""

    async def replace(self, code: Code, *, now: datetime) -> bool:
        """Put a code in the place of the one before, if another may be sent."""

    async def check(
        self, token_hash: bytes, code_hash: bytes, purpose: Purpose, *, now: datetime
    ) -> Asked | Refusal:
        """Count a try, then return what waits for this code, or what is wrong."""

    async def remove(self, token_hash: bytes) -> bool:
        """Take a code away; False if somebody else did."""
