"""Token buckets that all replicas share, in Redis."""

import asyncio

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.kit.buckets import Level, Size
from services.kit.errors import Unavailable

TIMEOUT_SECONDS = 0.05  # a limit is not worth waiting for

# The key holds the microsecond at which the bucket is full, by Redis's clock, and goes
# when it is. One further ahead than a whole bucket is of a clock that was put back.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, span = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = tonumber(redis.call('GET', KEYS[1]) or now)
full = math.min(math.max(full, now), now + span)
local taken = 0
if ARGV[3] == 'take' and full + interval - now <= span then
    taken = 1
    full = full + interval
    redis.call('SET', KEYS[1], string.format('%.0f', full),
        'PX', math.ceil((full - now) / 1000))
end
return {taken, full - now}
"""


class RedisBuckets:
    """Keeps the buckets of all replicas."""

    def __init__(self, redis: Redis, size: Size) -> None:
        self.size = size
        self._script = redis.register_script(TAKE)

    async def take(self, key: str) -> Level:
        """Take one if there is one, or raise `Unavailable`."""
        return await self._run(key, "take")

    async def look(self, key: str) -> Level:
        """Take none."""
        return await self._run(key, "look")

    async def _run(self, key: str, what: str) -> Level:
        arguments = (self.size.interval, self.size.span, what)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                taken, fills = await self._script(keys=[key], args=arguments)
        except (RedisError, OSError) as error:
            raise Unavailable(part="redis") from error
        return self.size.level(taken=bool(taken), fills=fills)
