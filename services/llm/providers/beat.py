"""A beat that all answers of the process share, so that they are sent together."""

import asyncio


class Beat:
    """
    Strikes every `seconds` while somebody waits for it.

    A stream that waits for the next beat with what it read sends it together with what
    comes meanwhile, and at the same moment as all other streams. So a busy process
    wakes up, and writes to a connection, once a beat instead of once a token.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next: asyncio.Event | None = None

    async def wait(self) -> None:
        """Wait for the next beat, for as long as one at most."""
        if self._next is None:
            self._next = asyncio.Event()
            loop = asyncio.get_running_loop()
            loop.call_later(self._seconds - loop.time() % self._seconds, self._strike)
        await self._next.wait()

    def _strike(self) -> None:
        if self._next:
            self._next.set()
        self._next = None
