"""Token buckets: shared by all replicas, and local while Redis is away."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic

import pytest
import redis as redis_client
from redis.asyncio import Redis

from deploy.local import redis as embedded_redis
from services.kit import redis as kit_redis
from services.kit import redis_buckets
from services.kit.buckets import (
    CAPACITY,
    PAUSE_SECONDS,
    Buckets,
    FallbackBuckets,
    Level,
    LocalBuckets,
    Size,
)
from services.kit.errors import Unavailable
from services.kit.redis_buckets import RedisBuckets
from tests.conftest import patiently

SLOW = Size(burst=3, per_minute=1)  # nothing comes back while a test runs
MINUTE = 60_000_000
PATIENCE_SECONDS = 30


class Seconds:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis may take its time: on a busy machine 50 ms are soon over."""
    for module in (kit_redis, redis_buckets):
        monkeypatch.setattr(module, "TIMEOUT_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
async def redis(redis_url: str, patient: None) -> AsyncIterator[Redis]:
    async with kit_redis.connect(redis_url) as redis:
        yield redis


@pytest.fixture
def own_redis(tmp_path: Path, run_folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis that a test may kill; its URL is `own_redis_url`."""
    with subprocess.Popen(
        embedded_redis.command(tmp_path, run_folder / "buckets.sock"),
        stdout=subprocess.DEVNULL,
    ) as server:
        with redis_client.Redis.from_url(own_redis_url(run_folder)) as client:
            patiently(redis_client.ConnectionError)(client.ping)
        yield server
        server.kill()


def own_redis_url(run_folder: Path) -> str:
    return embedded_redis.url(run_folder / "buckets.sock")


@pytest.fixture(params=["local", "redis"])
def buckets(request: pytest.FixtureRequest, redis: Redis) -> Buckets:
    if request.param == "local":
        return LocalBuckets(SLOW)
    return RedisBuckets(redis, SLOW)


async def test_a_bucket_gives_what_it_holds_and_then_says_how_long_to_wait(
    buckets: Buckets,
):
    began = monotonic()
    levels = [await buckets.take("key") for _ in range(5)]
    took = monotonic() - began

    def are(found: list[float], wanted: list[float]) -> bool:
        """Tell whether times are as wanted, but for what has passed of them."""
        pairs = zip(found, wanted, strict=True)
        return all(each - took <= time <= each for time, each in pairs)

    assert [level.taken for level in levels] == [True, True, True, False, False]
    assert [level.remaining for level in levels] == [2, 1, 0, 0, 0]
    assert are([level.wait_seconds for level in levels], [0, 0, 60, 60, 60])
    assert are([level.reset_seconds for level in levels], [60, 120, 180, 180, 180])


async def test_looking_takes_nothing(buckets: Buckets):
    assert (await buckets.look("key")).remaining == 3
    await buckets.take("key")

    assert [(await buckets.look("key")).remaining for _ in range(3)] == [2, 2, 2]


async def test_each_key_has_its_own_bucket(buckets: Buckets):
    for _ in range(3):
        await buckets.take("one")

    assert not (await buckets.take("one")).taken
    assert (await buckets.take("other")).taken


async def test_a_crowd_gets_exactly_what_there_is(buckets: Buckets):
    levels = await asyncio.gather(*(buckets.take("key") for _ in range(100)))

    assert sum(level.taken for level in levels) == 3


async def test_what_was_taken_comes_back_one_by_one():
    clock = Seconds()
    buckets = LocalBuckets(SLOW, clock=clock)
    for _ in range(3):
        await buckets.take("key")

    clock.now += 59
    assert not (await buckets.take("key")).taken
    clock.now += 1
    assert (await buckets.take("key")).taken
    assert not (await buckets.take("key")).taken
    clock.now += 3600
    assert [(await buckets.take("key")).taken for _ in range(4)] == [True] * 3 + [False]


async def test_what_was_taken_from_redis_comes_back_one_by_one(redis: Redis):
    buckets = RedisBuckets(redis, SLOW)
    for _ in range(3):
        await buckets.take("key")

    async def a_minute_passes() -> None:
        full = int(await redis.get("key") or 0)
        await redis.set("key", full - MINUTE, keepttl=True)

    assert not (await buckets.take("key")).taken
    await a_minute_passes()
    assert (await buckets.take("key")).taken
    assert not (await buckets.take("key")).taken
    await a_minute_passes()
    await a_minute_passes()
    assert (await buckets.look("key")).remaining == 2


async def test_redis_keeps_a_bucket_only_until_it_is_full(redis: Redis):
    level = await RedisBuckets(redis, SLOW).take("key")
    async with redis.pipeline() as at_once:
        for command in ("GET key", "TIME", "PTTL key"):
            at_once.execute_command(*command.split())
        full, (seconds, micros), left = await at_once.execute()
    fills = int(full) / 1000 - seconds * 1000 - micros / 1000
    assert level.reset_seconds == 60
    assert left == pytest.approx(fills, abs=500)

    quick = RedisBuckets(redis, Size(burst=2, per_minute=MINUTE))
    await quick.take("quick")
    async with asyncio.timeout(20):
        while await redis.exists("quick"):
            pass


async def test_a_clock_that_was_put_back_keeps_nobody_waiting_for_longer_than_a_bucket(
    redis: Redis,
):
    buckets = RedisBuckets(redis, SLOW)
    await redis.set("key", 10**16)

    assert (await buckets.take("key")).reset_seconds == 180


async def test_processes_share_a_bucket(redis: Redis, redis_url: str):
    size = Size(burst=10, per_minute=1)
    program = f"""
import asyncio
from services.kit import redis, redis_buckets
from services.kit.buckets import Size
from services.kit.redis_buckets import RedisBuckets

redis.TIMEOUT_SECONDS = redis_buckets.TIMEOUT_SECONDS = {PATIENCE_SECONDS}

async def main():
    async with redis.connect({redis_url!r}) as client:
        buckets = RedisBuckets(client, {size!r})
        await client.ping()
        print(sum([(await buckets.take("key")).taken for _ in range(20)]))

asyncio.run(main())
"""
    others = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    taken = [int((await other.communicate())[0]) for other in others]

    assert sum(taken) == 10
    assert not (await RedisBuckets(redis, size).take("key")).taken


async def test_a_redis_that_hangs_is_given_up(
    own_redis: subprocess.Popen[bytes],
    run_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(kit_redis, "TIMEOUT_SECONDS", PATIENCE_SECONDS)
    async with kit_redis.connect(own_redis_url(run_folder)) as client:
        buckets = RedisBuckets(client, SLOW)
        await client.ping()
        own_redis.send_signal(signal.SIGSTOP)

        with pytest.raises(Unavailable):
            await buckets.take("key")

        own_redis.send_signal(signal.SIGCONT)
        await patiently_taken(buckets)


async def patiently_taken(buckets: Buckets) -> Level:
    async with asyncio.timeout(20):
        while True:
            try:
                return await buckets.take("another")
            except Unavailable:
                await asyncio.sleep(0)


@pytest.mark.asvs("16.5.3")
async def test_a_limit_holds_while_redis_is_dead(
    own_redis: subprocess.Popen[bytes], run_folder: Path, patient: None
):
    async with kit_redis.connect(own_redis_url(run_folder)) as client:
        buckets = FallbackBuckets(RedisBuckets(client, SLOW), LocalBuckets(SLOW))
        assert (await buckets.take("key")).taken
        own_redis.kill()
        own_redis.wait()

        levels = [await buckets.take("key") for _ in range(10)]

        assert sum(level.taken for level in levels) == 3
        assert (await buckets.look("key")).remaining == 0


class Failing:
    """Shared buckets that are away, for as long as a test likes."""

    size = SLOW

    def __init__(self) -> None:
        self.asked = 0
        self.away = True

    async def take(self, key: str) -> Level:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable(part="redis")
        return SLOW.level(taken=True, fills=0)

    async def look(self, key: str) -> Level:
        return await self.take(key)


async def test_redis_is_asked_again_by_one_caller_a_while_after_it_failed():
    clock, shared = Seconds(), Failing()
    buckets = FallbackBuckets(shared, LocalBuckets(SLOW), clock=clock)

    taken = [(await buckets.take("key")).taken for _ in range(5)]
    await buckets.look("key")
    assert (taken, shared.asked) == ([True] * 3 + [False] * 2, 1)

    clock.now += PAUSE_SECONDS
    await asyncio.gather(*(buckets.take("key") for _ in range(5)))
    assert shared.asked == 2

    clock.now += PAUSE_SECONDS
    shared.away = False
    assert (await buckets.take("key")).remaining == 3
    assert (await buckets.look("key")).remaining == 3
    assert shared.asked == 4


async def test_a_process_keeps_so_many_buckets_and_no_more():
    buckets = LocalBuckets(SLOW)
    for number in range(CAPACITY + 5):
        await buckets.take(str(number))

    assert len(buckets._full) == CAPACITY
    assert (await buckets.look(str(CAPACITY))).remaining == 2
    assert (await buckets.look("0")).remaining == 3
