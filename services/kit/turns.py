"""Turns: so many at a time, the others in order, and nobody where nothing moves."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

# Who waits looks this often whether turns end, and twice before it gives up: what looks
# like a standstill once may be this process, which had no time to see turns end.
LOOK_SECONDS = 0.045
LOOKS = 2


class Turns:
    """
    Lets so many in at a time, in the order of their coming.

    A queue that moves is worth waiting in; one that stands still is left within 100 ms.
    """

    def __init__(self, size: int, *, waiting: int | None) -> None:
        self._free = size
        self._room = waiting
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._ended = 0

    async def take(self, *, until: float, worthwhile: Callable[[], bool]) -> None:
        """
        Wait for a turn, which has to be given back.

        Raise `TimeoutError` at once if too many wait; as soon as no turn ends and it is
        not worthwhile to wait nevertheless; and when the time has come.
        """
        if self._free:
            self._free -= 1
            return
        if self._room is not None and len(self._waiting) >= self._room:
            raise TimeoutError
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await self._wait(place, until, worthwhile)
        except BaseException:
            if place.done():
                self.give_back()  # it came just as its taker went
            else:
                self._waiting.remove(place)
            raise

    async def _wait(
        self,
        place: asyncio.Future[None],
        until: float,
        worthwhile: Callable[[], bool],
    ) -> None:
        still = 0
        while True:
            ended = self._ended
            await asyncio.wait([place], timeout=LOOK_SECONDS)
            if place.done():
                return
            still = 0 if self._ended > ended or worthwhile() else still + 1
            if still >= LOOKS or monotonic() >= until:
                raise TimeoutError

    def give_back(self) -> None:
        """End a turn; the next one has it."""
        self._ended += 1
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._free += 1
