"""No log."""

from services.auth.audit.model import Event


class NoAudit:
    """Keeps nothing."""

    async def record(self, event: Event) -> None:
        """Forget the event."""
