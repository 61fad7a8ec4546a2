"""Counters that all replicas share, in Redis, and what counts while it is away."""

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.auth.attempts.model import Count
from services.auth.attempts.ports import Counter
from services.kit.errors import Unavailable
from services.kit.redis import connect

log = logging.getLogger(__name__)

PAUSE_SECONDS = 5.0  # how long Redis is not asked after it failed
CAPACITY = 10_000  # keys that one process counts by itself

# One script, so that a key never stays without an end.
ADD = """
local total = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    left = tonumber(ARGV[1])
end
return {total, left}
"""


class RedisCounter:
    """Counts for all replicas."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str) -> AsyncIterator["RedisCounter"]:
        """Keep a pool open while the block runs; Redis need not be up yet."""
        async with connect(url) as redis:
            yield cls(redis)

    async def add(self, key: str, window_seconds: float) -> Count:
        """Count once more."""
        window = str(int(window_seconds * 1000))
        try:
            total, left = await self._redis.eval(ADD, 1, key, window)
        except (RedisError, OSError) as error:
            raise Unavailable(part="redis") from error
        return Count(total, left / 1000)

    async def clear(self, key: str) -> None:
        """Forget."""
        try:
            await self._redis.delete(key)
        except (RedisError, OSError) as error:
            raise Unavailable(part="redis") from error


class LocalCounter:
    """Counts for this process alone: the keys that were counted last."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def add(self, key: str, window_seconds: float) -> Count:
        """Count once more."""
        now = self._clock()
        total, end = self._counts.get(key, (0, 0.0))
        if end <= now:
            total, end = 0, now + window_seconds
        self._counts[key] = total + 1, end
        # Whoever counts many other keys pushes none out that is counted all the time.
        self._counts.move_to_end(key)
        if len(self._counts) > CAPACITY:
            self._counts.popitem(last=False)
        return Count(total + 1, end - now)

    async def clear(self, key: str) -> None:
        """Forget."""
        self._counts.pop(key, None)


class FallbackCounter:
    """
    Counts with `shared`, and with `own` while that is unavailable.

    So that guessing stays limited, and people can sign in, when Redis is gone.
    """

    def __init__(
        self, shared: Counter, own: Counter, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._shared = shared
        self._own = own
        self._clock = clock
        self._ask_again = clock()

    async def add(self, key: str, window_seconds: float) -> Count:
        """Count once more."""
        if self._clock() >= self._ask_again:
            try:
                return await self._shared.add(key, window_seconds)
            except Unavailable:
                self._pause()
        return await self._own.add(key, window_seconds)

    async def clear(self, key: str) -> None:
        """Forget, wherever it is counted."""
        await self._own.clear(key)
        if self._clock() >= self._ask_again:
            try:
                await self._shared.clear(key)
            except Unavailable:
                self._pause()

    def _pause(self) -> None:
        if self._clock() >= self._ask_again:
            log.warning("attempts are counted without Redis", exc_info=True)
        self._ask_again = self._clock() + PAUSE_SECONDS
