"""No log."""

from contextlib import AbstractAsyncContextManager, nullcontext

from services.auth.audit.model import Event


class NoAudit:
    """Keeps nothing."""

    async def record(self, event: Event) -> None:
        """Forget the event."""

    def together(self) -> AbstractAsyncContextManager[None]:
        """Leave changes as they are: there is nothing to store with them."""
        return nullcontext()
