"""A log that sees to it that what it is told of is stored with it."""

import asyncio

from services.auth.audit.model import Event
from services.auth.audit.recording import Log

# Recorded by themselves: nothing is changed, or it is once this is stored.
ALONE = {
    "audit.cut",
    "audit.forget",
    "email.change_request",
    "impersonation.begin",
    "password.reset_request",
}


class WatchedLog(Log):
    """Takes no event of a change that is made in a transaction of its own."""

    async def record(self, event: Event) -> None:
        changed = event.outcome == "success" and event.action not in ALONE
        assert asyncio.current_task() in self._changing or not changed, event.action
        await super().record(event)
