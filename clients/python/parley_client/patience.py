"""How long a client waits, and when it gives up."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from parley_client.errors import ParleyError

T = TypeVar("T")
GROWTH = 2.0


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait, in seconds."""

    # The delays before asking again, if it is unknown whether Parley was asked.
    again: tuple[float, ...] = (0.25, 1.0, 3.0)
    # Without any event. Parley sends a heartbeat every 15 seconds.
    silence: float = 60.0
    # Between two tries to come back to a stream: twice as long each time.
    pause: float = 0.25
    longest_pause: float = 2.0
    # For a stream that does not come back.
    unreachable: float = 60.0


class Tries:
    """The tries to come back to a stream that was cut."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._clock = asyncio.get_running_loop().time
        self.came()

    def came(self) -> None:
        """Take note that something came: the next cut is another one."""
        self._count = 0
        self._since = self._clock()

    async def wait(self, error: ParleyError) -> None:
        """Wait before the next try; raise the error if there have been enough."""
        left = self._since + self._patience.unreachable - self._clock()
        longest = min(
            self._patience.pause * GROWTH**self._count, self._patience.longest_pause
        )
        # Not all readers of a replica that went away come back at the same moment.
        delay = random.uniform(longest / 2, longest)  # noqa: S311 - no secret
        if error.retry_delay:
            delay = max(delay, error.retry_delay.total_seconds())
        if delay > left:
            raise error
        self._count += 1
        await asyncio.sleep(delay)


async def persistently(patience: Patience, call: Callable[[], Awaitable[T]]) -> T:
    """Make a call that may be made twice; again while nobody can be reached."""
    for delay in patience.again:
        try:
            return await call()
        except ParleyError as error:
            if not error.temporary:
                raise
        await asyncio.sleep(delay)
    return await call()
