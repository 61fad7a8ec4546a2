"""How it is told that what somebody signs in with has changed."""

from contextlib import AbstractAsyncContextManager

from services.auth.audit.model import Event
from services.auth.audit.ports import Audit
from services.auth.mail.ports import Mailer
from services.auth.users.model import User


class Notices:
    """Records what happens to accounts, and writes to whose they are."""

    def __init__(self, audit: Audit, mailer: Mailer) -> None:
        self._audit = audit
        self._mailer = mailer

    def together(self) -> AbstractAsyncContextManager[None]:
        """Store what the block changes, and what it tells, all or nothing."""
        return self._audit.together()

    async def record(self, event: Event) -> None:
        """Record what happened, or was tried."""
        await self._audit.record(event)

    async def changed(self, user: User, event: Event, change: str) -> None:
        """Record a change, and write of it, as `change` says it in a sentence."""
        await self._audit.record(event)
        values = {**origin(event), "change": change}
        await self._mailer.send("credential_changed", to=user.email, values=values)

    async def moved(self, user: User, event: Event) -> None:
        """Record that an address changed, and write to the one that a user had."""
        await self._audit.record(event)
        await self._mailer.send("email_changed", to=user.email, values=origin(event))


def origin(event: Event) -> dict[str, str]:
    """Say where something came from, as far as it is known."""
    return {"device": event.user_agent, "address": event.address or ""}
