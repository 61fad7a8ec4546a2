"""Where terminals that ask are kept."""

from datetime import datetime
from typing import Protocol

from services.auth.devices.model import Decider, Device, State


class StoredDevices(Protocol):
    """Stored terminals that ask to be signed in."""

    async def add(self, device: Device) -> bool:
        """Store one; False if another one has its user code."""

    async def of_user_code(self, code_hash: bytes) -> Device | None:
        """Return the terminal that shows a code."""

    async def poll(self, code_hash: bytes, now: datetime) -> Device | None:
        """
        Note a poll; return the terminal as it was before, if it is there.

        One that is approved, not too early and not ended is used up by it. Of polls at
        the same time, one alone is told that it was approved.
        """

    async def decide(
        self, code_hash: bytes, state: State, by: Decider, now: datetime
    ) -> bool:
        """Approve or deny what is pending and has not ended; False if it is not."""
