"""Postgres: one bounded pool, and its failures as errors a caller understands."""

import asyncio
import select
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from services.kit.errors import Overloaded, Unavailable

POOL_SIZE = 10
WAITING = 200  # callers that may wait for a connection; more are refused at once
WAIT_SECONDS = 3.0  # the pool makes a connection that failed again after a second
RETRY_SECONDS = 1.0
# Statements find their rows by the owner and a key, so one plan does for all; to plan a
# statement over partitioned tables costs as much as to run it.
OPTIONS = (
    "-c plan_cache_mode=force_generic_plan"
    " -c statement_timeout=5s -c lock_timeout=2s"
    " -c idle_in_transaction_session_timeout=10s"
)

Announce = Callable[[str], Awaitable[None]]


class Connection(psycopg.AsyncConnection):
    """A connection that remembers which topics its transaction is about."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.topics: set[str] = set()


def announce(connection: psycopg.AsyncConnection, topic: str) -> None:
    """Have a topic announced, once, as soon as the running transaction is over."""
    if isinstance(connection, Connection):
        connection.topics.add(topic)


async def require_alive(connection: psycopg.AsyncConnection) -> None:
    """
    Let the pool replace a connection whose server went away.

    A healthy idle connection has nothing to say, so one that has is asked, and only
    that one: the usual check costs a look at the socket, not a round trip.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(connection)


def cancellations() -> int:
    """Count how often the running task was told to end."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


class Database:
    """A pool of connections to one database."""

    def __init__(
        self, pool: AsyncConnectionPool[Connection], announce: Announce | None
    ) -> None:
        self._pool = pool
        self._announce = announce

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        url: str,
        *,
        pool_size: int = POOL_SIZE,
        announce: Announce | None = None,
    ) -> AsyncIterator["Database"]:
        """
        Keep a pool open while the block runs.

        The database need not be up yet: the pool goes on trying, and until it succeeds
        every transaction is `Unavailable`. `announce` is told, after each transaction,
        what it was about (see the function of that name); it must not wait long.
        """
        async with AsyncConnectionPool(
            url,
            connection_class=Connection,
            open=False,
            min_size=1,
            max_size=pool_size,
            max_waiting=WAITING,
            timeout=WAIT_SECONDS,
            kwargs={"options": OPTIONS},
            check=require_alive,
        ) as pool:
            yield cls(pool, announce)

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[psycopg.AsyncConnection]:
        """Run one statement, a transaction by itself, in one round trip."""
        async with self.transaction() as connection:
            await connection.set_autocommit(True)
            try:
                yield connection
            finally:
                if not connection.closed:
                    await connection.set_autocommit(False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[psycopg.AsyncConnection]:
        """Run the block in one transaction: all of it is stored, or nothing."""
        cancelled = cancellations()
        topics: set[str] = set()
        try:
            async with self._pool.connection() as connection:
                # The pool waits with `asyncio.wait_for`, which before Python 3.12 loses
                # a cancellation that comes as the wait ends (python/cpython#86296): the
                # task would go on, and who waits for its end would wait for ever.
                if cancellations() > cancelled:
                    raise asyncio.CancelledError
                connection.topics = topics
                yield connection
        except (PoolTimeout, TooManyRequests) as error:
            stats = self._pool.get_stats()
            if stats.get("pool_size", 0) >= self._pool.max_size:
                raise Overloaded(retry_seconds=RETRY_SECONDS) from error
            raise Unavailable(part="postgres", retry_seconds=RETRY_SECONDS) from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable(part="postgres", retry_seconds=RETRY_SECONDS) from error
        finally:
            # Also if it failed: whether it was committed may be unknown, and who is
            # told in vain only looks once more.
            if self._announce:
                for topic in topics:
                    await self._announce(topic)
