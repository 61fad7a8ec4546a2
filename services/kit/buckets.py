"""
Token buckets: what may be done now and then, and not too often.

A bucket is one number, the moment at which it will be full; so it needs no refilling,
and one that is full need not be kept.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from services.kit.errors import Unavailable

log = logging.getLogger(__name__)

MINUTE = 60_000_000  # in microseconds, as every duration here
SECOND = 1_000_000
PAUSE_SECONDS = 1.0  # how long the shared buckets are not asked after they failed
CAPACITY = 10_000  # buckets that one process keeps by itself


@dataclass(frozen=True, slots=True)
class Size:
    """How much a bucket holds, and how much comes back in a minute."""

    burst: int
    per_minute: int

    @property
    def interval(self) -> int:
        """How long one takes to come back."""
        return max(1, MINUTE // self.per_minute)

    @property
    def span(self) -> int:
        """How long an empty bucket takes to be full."""
        return self.burst * self.interval

    def level(self, *, taken: bool, fills: int) -> "Level":
        """Read a bucket that will be full in so long."""
        return Level(
            taken=taken,
            remaining=max(0, (self.span - fills) // self.interval),
            wait_seconds=max(0, fills + self.interval - self.span) / SECOND,
            reset_seconds=fills / SECOND,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How full a bucket is."""

    taken: bool
    remaining: int
    wait_seconds: float  # until there is one to take
    reset_seconds: float  # until the bucket is full


class Buckets(Protocol):
    """Buckets of one size, by key."""

    @property
    def size(self) -> Size:
        """The size of each."""

    async def take(self, key: str) -> Level:
        """Take one if there is one, atomically."""

    async def look(self, key: str) -> Level:
        """Take none."""


class LocalBuckets:
    """Keeps the buckets of this process alone, the latest keys only."""

    def __init__(self, size: Size, *, clock: Callable[[], float] = monotonic) -> None:
        self.size = size
        self._clock = clock
        self._full: OrderedDict[str, int] = OrderedDict()

    async def take(self, key: str) -> Level:
        """Take one if there is one."""
        now = int(self._clock() * SECOND)
        full = max(now, self._full.get(key, now))
        taken = full + self.size.interval - now <= self.size.span
        if taken:
            full += self.size.interval
            self._full[key] = full
        self._full.move_to_end(key)
        if len(self._full) > CAPACITY:
            self._full.popitem(last=False)
        return self.size.level(taken=taken, fills=full - now)

    async def look(self, key: str) -> Level:
        """Take none."""
        now = int(self._clock() * SECOND)
        full = max(now, self._full.get(key, now))
        return self.size.level(taken=False, fills=full - now)


class FallbackBuckets:
    """
    Uses `shared` buckets, and this process's `own` while those are away.

    While they are away, one caller a second finds out whether they are back; to all
    others it costs nothing.
    """

    def __init__(
        self, shared: Buckets, own: Buckets, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self.size = shared.size
        self._shared = shared
        self._own = own
        self._clock = clock
        self._ask_again: float | None = None

    async def take(self, key: str) -> Level:
        """Take one if there is one."""
        if self._may_ask():
            try:
                level = await self._shared.take(key)
            except Unavailable:
                self._pause()
            else:
                self._ask_again = None
                return level
        return await self._own.take(key)

    async def look(self, key: str) -> Level:
        """Take none."""
        if self._may_ask():
            try:
                level = await self._shared.look(key)
            except Unavailable:
                self._pause()
            else:
                self._ask_again = None
                return level
        return await self._own.look(key)

    def _may_ask(self) -> bool:
        if self._ask_again is None:
            return True
        if self._clock() < self._ask_again:
            return False
        self._ask_again = self._clock() + PAUSE_SECONDS
        return True

    def _pause(self) -> None:
        if self._ask_again is None:
            log.warning("limits are kept without Redis", exc_info=True)
        self._ask_again = self._clock() + PAUSE_SECONDS
