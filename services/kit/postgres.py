"""Postgres: one bounded pool, and its failures as errors a caller understands."""

import asyncio
import select
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from services.kit.cancelling import cancellations
from services.kit.errors import Overloaded, ServiceError, Unavailable
from services.kit.turns import Turns

POOL_SIZE = 10
WAITING = 200  # callers that may wait for a connection; more are refused at once
WAIT_SECONDS = 3.0
# The pool tries ever more rarely to make a connection that failed: after a minute, only
# every half minute. So it is to give up soon, and is asked anew by whoever waits.
CONNECT_AGAIN_SECONDS = 0.5
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


@dataclass(slots=True)
class Whole:
    """A transaction that others have become parts of."""

    connection: psycopg.AsyncConnection
    failed: bool = False  # one of them has


async def alive(connection: psycopg.AsyncConnection) -> bool:
    """
    Tell whether the server of an idle connection is still there.

    A healthy idle connection has nothing to say, so one that has is asked, and only
    that one: the usual check costs a look at the socket, not a round trip.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if not poll.poll(0):
        return True
    try:
        await AsyncConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True


class Database:
    """
    A pool of connections to one database.

    It is full when all connections are in use and for 100 ms none comes back: then who
    waits is refused (`Overloaded`). While connections are used and come back, callers
    wait in order; while connections are being made, too, for at most WAIT_SECONDS.
    """

    def __init__(
        self,
        pool: AsyncConnectionPool[Connection],
        announce: Announce | None,
        *,
        patient: bool,
    ) -> None:
        self._pool = pool
        self._announce = announce
        self._patient = patient
        self._turns = Turns(pool.max_size, waiting=None if patient else WAITING)
        self._wholes: dict[asyncio.Task[Any] | None, Whole] = {}
        self._connecting = 0  # have their turn, and no connection yet
        self._away = False  # the last who wanted a connection got none

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        url: str,
        *,
        pool_size: int = POOL_SIZE,
        announce: Announce | None = None,
        patient: bool = False,
    ) -> AsyncIterator["Database"]:
        """
        Keep a pool open while the block runs.

        The database need not be up yet: the pool goes on trying, and until it succeeds
        every transaction is `Unavailable`. `announce` is told, after each transaction,
        what it was about (see the function of that name); it must not wait long. A
        `patient` pool is for work that no caller waits for, and bounded by whoever does
        it: also when it is full, it waits.
        """
        async with AsyncConnectionPool(
            url,
            connection_class=Connection,
            open=False,
            min_size=1,
            max_size=pool_size,
            reconnect_timeout=CONNECT_AGAIN_SECONDS,
            kwargs={"options": OPTIONS},
        ) as pool:
            yield cls(pool, announce, patient=patient)

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[psycopg.AsyncConnection]:
        """Run one statement, a transaction by itself, in one round trip."""
        async with self.transaction() as connection:
            if asyncio.current_task() in self._wholes:
                yield connection
                return
            await connection.set_autocommit(True)
            try:
                yield connection
            finally:
                if not connection.closed:
                    await connection.set_autocommit(False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[psycopg.AsyncConnection]:
        """Run the block in one transaction: all of it is stored, or nothing."""
        if whole := self._wholes.get(asyncio.current_task()):
            try:
                yield whole.connection
            except BaseException:
                whole.failed = True
                raise
            return
        topics: set[str] = set()
        try:
            async with self._connection() as connection:
                connection.topics = topics
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable(part="postgres", retry_seconds=RETRY_SECONDS) from error
        finally:
            # Also if it failed: whether it was committed may be unknown, and who is
            # told in vain only looks once more.
            if self._announce:
                for topic in topics:
                    await self._announce(topic)

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """
        Make one transaction of those that the running task begins in the block.

        All of them are stored, or none. One that fails takes the others along: who can
        go on without it does so after the block. No part is what a task does that the
        block starts.
        """
        task = asyncio.current_task()
        if task in self._wholes:
            yield
            return
        async with self.transaction() as connection:
            whole = self._wholes[task] = Whole(connection)
            try:
                yield
            finally:
                del self._wholes[task]
            if whole.failed:
                raise RuntimeError("a part has failed, so the whole cannot be stored")

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """Have a connection to oneself while the block runs, and commit in the end."""
        until = monotonic() + WAIT_SECONDS
        try:
            await self._turns.take(until=until, worthwhile=self._worthwhile)
        except TimeoutError as error:
            raise self._refusal() from error
        try:
            connection = await self._connected(until)
            try:
                async with connection:
                    yield connection
            finally:
                await self._pool.putconn(connection)
        finally:
            self._turns.give_back()

    async def _connected(self, until: float) -> Connection:
        """
        Wait for a connection whose server is there.

        There are as many turns as there may be connections. So who has a turn and waits
        here waits for a connection to be made, not for another caller.
        """
        cancelled = cancellations()
        self._connecting += 1
        try:
            while True:
                try:
                    connection = await self._pool.getconn(
                        min(CONNECT_AGAIN_SECONDS, until - monotonic())
                    )
                except PoolTimeout:
                    if monotonic() >= until:
                        self._away = True
                        raise
                    continue
                self._away = False
                try:
                    if cancellations() > cancelled:
                        raise asyncio.CancelledError
                    if await alive(connection):
                        return connection
                    await connection.close()
                except BaseException:
                    await self._pool.putconn(connection)
                    raise
                await self._pool.putconn(connection)
        finally:
            self._connecting -= 1

    def _worthwhile(self) -> bool:
        """Tell whether to wait although no connection comes back."""
        return self._patient or self._connecting > 0

    def _refusal(self) -> ServiceError:
        if self._connecting or self._away:
            return Unavailable(part="postgres", retry_seconds=RETRY_SECONDS)
        return Overloaded(retry_seconds=RETRY_SECONDS)
