"""Where what happened is kept."""

from typing import Protocol

from services.auth.audit.model import Event


class Audit(Protocol):
    """A log that nobody can change."""

    async def record(self, event: Event) -> None:
        """Append an event."""
