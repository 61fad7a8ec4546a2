"""
Wake-ups between replicas, over Redis pub/sub.

A signal says "look": what there is to see stands elsewhere. Losing one costs time,
until the listener looks anyway, and never correctness.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import islice
from secrets import token_bytes
from typing import Any, Self, TypeVar

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from services.kit.redis import connect, heeding

log = logging.getLogger(__name__)

PING_SECONDS = 5.0
SILENCE_SECONDS = 2 * PING_SECONDS  # then Redis, or the way to it, is dead
WRITE_SECONDS = 2.0  # nobody waits for it, and a busy process may take its time
PAUSE_SECONDS = 0.5  # between tries to reach Redis
BATCH = 1000  # topics or messages in one write
OUTGOING = 10_000  # messages that wait to be sent; more are dropped
BUFFER = 16  # messages that a subscription keeps
ORIGIN_BYTES = 8

FAILURES = (RedisError, OSError)

Listener = Callable[[bytes], None]
Connection = Any  # redis-py has no types for what is used of it here
T = TypeVar("T")


class Subscription:
    """The messages of one topic, for one reader, while the block runs."""

    __slots__ = ("_messages", "_signals", "_topic", "_waiter")

    def __init__(self, signals: "Signals", topic: str) -> None:
        self._signals = signals
        self._topic = topic
        self._messages: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        self._signals.listen(self._topic, self._add)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._signals.leave(self._topic, self._add)

    async def next(self, seconds: float) -> bytes | None:
        """
        Wait for a message; None if none came in time.

        An empty one says that others may have been missed: the first comes when the
        subscription holds, one after each time that Redis was away, and one in place
        of what the buffer had no room for.
        """
        if not self._messages:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(seconds):
                    await self._waiter
            except TimeoutError:
                return None
            finally:
                self._waiter = None
        return self._messages.pop(0)

    def _add(self, message: bytes) -> None:
        """Keep a message for the reader, or that there was one."""
        if len(self._messages) < BUFFER:
            self._messages.append(message)
        else:
            self._messages[-1] = b""
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


class Signals:
    """
    Topics that replicas publish to and listen to; within a process even without Redis.

    One connection listens, for all topics, and another one publishes.
    """

    def __init__(self, url: str, redis: Redis) -> None:
        self.connected = False
        self._closed = False
        self._url = url
        self._redis = redis
        # What a process publishes it hears at once, and not again from Redis.
        self._origin = token_bytes(ORIGIN_BYTES)
        self._listeners: dict[str, list[Listener]] = {}
        self._changed: dict[str, None] = {}
        self._topics_changed = asyncio.Event()
        self._outgoing: dict[tuple[str, bytes], None] = {}
        self._published = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str) -> AsyncIterator["Signals"]:
        """Listen and publish while the block runs; Redis need not be up."""
        async with connect(url) as redis:
            signals = cls(url, redis)
            tasks = [
                asyncio.create_task(signals._keep_listening(), name="signals in"),
                asyncio.create_task(signals._keep_publishing(), name="signals out"),
            ]
            try:
                yield signals
            finally:
                signals._closed = True
                await asyncio.gather(*map(end, tasks))

    async def publish(self, topic: str, message: bytes = b"") -> None:
        """Tell all replicas, without waiting; too much for Redis to take is lost."""
        self._dispatch(topic, message)
        if len(self._outgoing) < OUTGOING:
            # Two equal messages that wait to be sent say the same.
            self._outgoing[topic, message] = None
            self._published.set()

    def subscribe(self, topic: str) -> Subscription:
        """Collect the messages of a topic while the block runs."""
        return Subscription(self, topic)

    @contextmanager
    def listening(self, topic: str, listener: Listener) -> Iterator[None]:
        """Call the listener with each message while the block runs; see `listen`."""
        self.listen(topic, listener)
        try:
            yield
        finally:
            self.leave(topic, listener)

    def listen(self, topic: str, listener: Listener) -> None:
        """Call the listener with each message, and with the empty ones (see `next`)."""
        if topic not in self._listeners:
            self._listeners[topic] = []
            self._change(topic)
        self._listeners[topic].append(listener)

    def leave(self, topic: str, listener: Listener) -> None:
        """Call the listener no more."""
        self._listeners[topic].remove(listener)
        if not self._listeners[topic]:
            del self._listeners[topic]
            self._change(topic)

    def _change(self, topic: str) -> None:
        self._changed[topic] = None
        self._topics_changed.set()

    def _dispatch(self, topic: str, message: bytes) -> None:
        for listener in tuple(self._listeners.get(topic, ())):
            listener(message)

    async def _keep_listening(self) -> None:
        """Listen, and again after a moment if Redis went away."""
        while True:
            try:
                await self._listen()
            except (*FAILURES, asyncio.CancelledError) as error:
                # Before Python 3.12 a timeout that comes as its block ends cancels what
                # follows the block: only who closes means it.
                if self._closed:
                    raise
                if self.connected:
                    log.warning("signals are lost: Redis is away", exc_info=error)
                self.connected = False
            await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self) -> None:
        pool: Any = ConnectionPool.from_url(
            self._url,
            protocol=2,
            socket_timeout=WRITE_SECONDS,
            socket_connect_timeout=WRITE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        pool.connection_class = heeding(pool.connection_class)
        connection: Connection = pool.make_connection()
        try:
            await connection.connect()
            self._changed.update(dict.fromkeys(self._listeners))
            self._topics_changed.set()
            self.connected = True
            tasks = [
                asyncio.create_task(self._read(connection)),
                asyncio.create_task(self._write(connection)),
            ]
            try:
                ended, _ = await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
                for task in ended:
                    task.result()
            finally:
                await asyncio.gather(*map(end, tasks))
        finally:
            await connection.disconnect(nowait=True)

    async def _read(self, connection: Connection) -> None:
        while True:
            # [b"message", topic, message], [b"subscribe", topic, count], a pong.
            said = await connection.read_response(timeout=SILENCE_SECONDS)
            if said is None:
                raise TimeoutError
            if not isinstance(said, list):
                continue
            if said[0] == b"subscribe":
                self._dispatch(said[1].decode(), b"")
            elif said[0] == b"message" and not said[2].startswith(self._origin):
                self._dispatch(said[1].decode(), said[2][ORIGIN_BYTES:])

    async def _write(self, connection: Connection) -> None:
        """Subscribe to what has listeners, and to nothing else."""
        while True:
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await self._topics_changed.wait()
            except TimeoutError:
                await connection.send_command("PING", check_health=False)
                continue
            self._topics_changed.clear()
            while topics := taken(self._changed):
                wanted = [topic for topic in topics if topic in self._listeners]
                others = [topic for topic in topics if topic not in self._listeners]
                for command, of in (("SUBSCRIBE", wanted), ("UNSUBSCRIBE", others)):
                    if of:
                        await connection.send_command(command, *of, check_health=False)

    async def _keep_publishing(self) -> None:
        """Send what waits, all that came while the last was being sent at once."""
        while True:
            await self._published.wait()
            self._published.clear()
            while batch := taken(self._outgoing):
                try:
                    async with self._redis.pipeline(transaction=False) as pipeline:
                        for topic, message in batch:
                            pipeline.publish(topic, self._origin + message)
                        await pipeline.execute()
                except (*FAILURES, asyncio.CancelledError):
                    if self._closed:
                        raise
                    # What comes late still says to look. What comes meanwhile and finds
                    # no room is lost.
                    self._outgoing = {**dict.fromkeys(batch), **self._outgoing}
                    await asyncio.sleep(PAUSE_SECONDS)


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task until it heeds it: before Python 3.12 `wait_for` may not."""
    while not task.done():
        task.cancel()
        # Long enough to clean up: what that leaves half done stays open.
        await asyncio.wait([task], timeout=0.3)
    if not task.cancelled() and (error := task.exception()):
        log.debug("ended with an error", exc_info=error)


def taken(waiting: dict[T, None]) -> list[T]:
    """Take the oldest few."""
    batch = list(islice(waiting, BATCH))
    for item in batch:
        del waiting[item]
    return batch
