"""Redis: one bounded pool that gives up soon, because nothing waits for Redis long."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

POOL_SIZE = 16
TIMEOUT_SECONDS = 0.25


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Redis]:
    """
    Keep a pool open while the block runs; Redis need not be up yet.

    A command fails with a `RedisError` or an `OSError` within a second, and the next
    one finds out by itself whether Redis is back.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=POOL_SIZE,
        timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        # Once more, because a connection may have died while it was idle.
        retry=Retry(NoBackoff(), 1),
    )
    async with Redis.from_pool(pool) as redis:
        yield redis
