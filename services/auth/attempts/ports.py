"""Where attempts are counted."""

from typing import Protocol

from services.auth.attempts.model import Count


class Counter(Protocol):
    """Counts what happens within windows of time."""

    async def add(self, key: str, window_seconds: float) -> Count:
        """Count once more, atomically; the first time begins the window."""

    async def clear(self, key: str) -> None:
        """Forget."""
