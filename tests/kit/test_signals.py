"""Wake-ups between replicas: two of them in one process, over a real Redis."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)

from deploy.local import redis as embedded_redis
from services.kit.signals import BUFFER, OUTGOING, Signals, Subscription

LONG = 20.0


def patiently() -> AsyncRetrying:
    """Look again until it is so."""
    return AsyncRetrying(
        retry=retry_if_exception_type(AssertionError),
        stop=stop_after_delay(LONG),
        wait=wait_fixed(0.02),
        reraise=True,
    )


@asynccontextmanager
async def listening(signals: Signals, topic: str) -> AsyncIterator[Subscription]:
    """Subscribe, and wait until Redis knows."""
    async with signals.subscribe(topic) as subscription:
        assert await subscription.next(LONG) == b""
        yield subscription


@pytest.fixture
async def here(redis_url: str) -> AsyncIterator[Signals]:
    """One replica."""
    async with Signals.connect(redis_url) as signals:
        yield signals


@pytest.fixture
async def there(redis_url: str) -> AsyncIterator[Signals]:
    """Another replica."""
    async with Signals.connect(redis_url) as signals:
        yield signals


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """What Redis itself says."""
    async with Redis.from_url(redis_url) as redis:
        yield redis


async def test_a_replica_hears_what_another_publishes(here: Signals, there: Signals):
    async with listening(there, "topic") as subscription:
        await here.publish("topic", b"one")
        await here.publish("topic", b"two")

        assert await subscription.next(LONG) == b"one"
        assert await subscription.next(LONG) == b"two"


async def test_a_replica_hears_itself_once(here: Signals, there: Signals):
    async with listening(here, "topic") as own, listening(there, "topic") as other:
        await here.publish("topic", b"mine")
        assert await other.next(LONG) == b"mine"
        await there.publish("topic", b"after")

        assert await own.next(LONG) == b"mine"
        assert await own.next(LONG) == b"after"


async def test_nobody_hears_another_topic(here: Signals, there: Signals):
    async with listening(there, "topic") as subscription:
        await here.publish("other", b"not this")
        await here.publish("topic", b"this")

        assert await subscription.next(LONG) == b"this"


async def test_silence_is_none(here: Signals):
    async with listening(here, "topic") as subscription:
        assert await subscription.next(0.01) is None


async def test_redis_knows_a_topic_while_it_has_listeners(here: Signals, redis: Redis):
    async with listening(here, "topic"):
        async with here.subscribe("topic"):
            assert await redis.pubsub_numsub("topic") == [(b"topic", 1)]
        async with listening(here, "another"):
            assert await redis.pubsub_numsub("topic") == [(b"topic", 1)]

    async for attempt in patiently():
        with attempt:
            assert await redis.pubsub_channels() == []


async def test_many_topics_take_one_connection(here: Signals, redis: Redis):
    before = len(await redis.client_list())
    subscriptions = [here.subscribe(str(number)) for number in range(3000)]
    async with AsyncExitStack() as stack:
        for subscription in subscriptions:
            await stack.enter_async_context(subscription)
        for subscription in subscriptions:
            assert await subscription.next(LONG) == b""

        assert len(await redis.client_list()) == before
        assert len(await redis.pubsub_channels()) == 3000


async def test_a_slow_reader_learns_that_it_missed_some(here: Signals):
    async with listening(here, "topic") as subscription:
        for number in range(BUFFER + 5):
            await here.publish("topic", str(number).encode())

        read = [await subscription.next(0) for _ in range(BUFFER)]

        assert read == [*(str(n).encode() for n in range(BUFFER - 1)), b""]
        assert await subscription.next(0) is None


async def test_without_redis_a_process_hears_itself(tmp_path: Path):
    async with (
        Signals.connect(f"unix://{tmp_path}/none.sock") as signals,
        signals.subscribe("topic") as subscription,
    ):
        await signals.publish("topic", b"still")

        assert await subscription.next(LONG) == b"still"
        assert not signals.connected


async def test_without_redis_only_so_much_waits_to_be_sent(tmp_path: Path):
    async with Signals.connect(f"unix://{tmp_path}/none.sock") as signals:
        for number in range(OUTGOING + 5):
            await signals.publish(str(number))

        assert len(signals._outgoing) == OUTGOING


async def test_listeners_are_woken_when_redis_is_back(run_folder: Path, tmp_path: Path):
    socket = run_folder / "killed.sock"
    command = embedded_redis.command(tmp_path, socket)
    url = embedded_redis.url(socket)

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    server = start()
    try:
        async with (
            Signals.connect(url) as here,
            Signals.connect(url) as there,
            listening(there, "topic") as subscription,
        ):
            server.kill()
            server.wait()
            async for attempt in patiently():
                with attempt:
                    assert not here.connected
                    assert not there.connected
            server = start()

            assert await subscription.next(LONG) == b""
            async for attempt in patiently():
                with attempt:
                    await here.publish("topic", b"heard")
                    assert await subscription.next(0.1) == b"heard"
    finally:
        server.kill()
        server.wait()
