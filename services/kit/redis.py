"""Redis: one bounded pool that gives up soon, because nothing waits for Redis long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from services.kit.cancelling import cancellations

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
    pool.connection_class = heeding(pool.connection_class)
    async with Redis.from_pool(pool) as redis:
        yield redis


def heeding(kind: type[AbstractConnection]) -> type[AbstractConnection]:
    """Return such connections as lose no cancellation while they write."""

    class Heeding(kind):  # type: ignore[valid-type, misc]  # one of three
        async def send_packed_command(self, *command: Any, **options: Any) -> None:
            before = cancellations()
            await super().send_packed_command(*command, **options)
            if cancellations() > before:
                await self.disconnect(nowait=True)  # nobody reads the answer
                raise asyncio.CancelledError

    return Heeding
