"""So many at a time; those who wait are let in by turns of the users."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Hashable


class Full(Exception):
    """Too many wait already, or it took too long."""


class FairQueue:
    """
    Lets so many in at a time; the users take turns, and each has an order of its own.

    Bounded: `waiting` in all, and `waiting_each` of one user, so that nobody takes all
    the places. Who waits longer than `patience` seconds, or is cancelled, leaves no
    trace.
    """

    def __init__(
        self, size: int, *, waiting: int, waiting_each: int, patience: float
    ) -> None:
        self._free = size
        self._room = waiting
        self._room_each = waiting_each
        self._patience = patience
        self._lines: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()
        self._waiting = 0

    @property
    def free(self) -> int:
        """How many could come in at once."""
        return self._free

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._waiting

    def take_free(self) -> bool:
        """Take a turn if one is free: then nobody waits."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def take(self, user: Hashable) -> None:
        """Wait for a turn, which has to be given back; or raise `Full`."""
        if self.take_free():
            return
        line = self._lines.get(user)
        if self._waiting >= self._room or (line and len(line) >= self._room_each):
            raise Full
        place = asyncio.get_running_loop().create_future()
        self._lines.setdefault(user, deque()).append(place)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self.give_back()  # it came just as its taker went
            else:
                self._leave(user, place)
            if isinstance(error, TimeoutError):
                raise Full from None
            raise

    def _leave(self, user: Hashable, place: asyncio.Future[None]) -> None:
        line = self._lines.get(user)
        if line and place in line:
            line.remove(place)
            self._waiting -= 1
            if not line:
                del self._lines[user]

    def give_back(self) -> None:
        """End a turn; the next user has it."""
        while self._lines:
            user, line = next(iter(self._lines.items()))
            place = line.popleft()
            self._waiting -= 1
            if line:
                self._lines.move_to_end(user)
            else:
                del self._lines[user]
            if not place.done():
                place.set_result(None)
                return
        self._free += 1
