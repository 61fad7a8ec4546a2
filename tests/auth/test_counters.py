"""The counters behind the limits: shared, and local while that is away."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.auth.attempts.counters import (
    CAPACITY,
    PAUSE_SECONDS,
    FallbackCounter,
    LocalCounter,
    RedisCounter,
)
from services.auth.attempts.model import Count
from services.kit.errors import Unavailable


class Seconds:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_redis_counts_at_the_same_time_without_losing_one(redis_url: str):
    async with RedisCounter.connect(redis_url) as counter:
        counts = await asyncio.gather(*(counter.add("key", 600) for _ in range(200)))

    assert sorted(count.total for count in counts) == list(range(1, 201))
    assert all(540 < count.seconds_left <= 600 for count in counts)


async def test_redis_forgets_at_the_end_of_the_window(redis_url: str):
    async with (
        RedisCounter.connect(redis_url) as counter,
        Redis.from_url(redis_url) as redis,
    ):
        await counter.add("key", 60)
        await redis.pexpire("key", 1)
        while await redis.exists("key"):
            pass

        assert (await counter.add("key", 60)).total == 1
        await counter.clear("key")
        assert (await counter.add("key", 60)).total == 1


async def test_counting_on_does_not_lengthen_the_window(redis_url: str):
    async with RedisCounter.connect(redis_url) as counter:
        first = await counter.add("key", 60)
        later = await counter.add("key", 600)

    assert later.seconds_left <= first.seconds_left


async def test_a_counter_that_lost_its_end_gets_one(redis_url: str):
    async with (
        RedisCounter.connect(redis_url) as counter,
        Redis.from_url(redis_url) as redis,
    ):
        await redis.set("key", 1000)

        assert await counter.add("key", 60) == Count(1001, 60.0)
        assert await redis.pttl("key") > 0


async def test_redis_gone_is_unavailable(tmp_path: Path):
    async with RedisCounter.connect(f"unix://{tmp_path}/none.sock") as counter:
        with pytest.raises(Unavailable):
            await counter.add("key", 60)
        with pytest.raises(Unavailable):
            await counter.clear("key")


async def test_a_redis_that_refuses_is_unavailable(redis_url: str):
    async with (
        RedisCounter.connect(redis_url) as counter,
        Redis.from_url(redis_url) as redis,
    ):
        await redis.lpush("key", "no counter")

        with pytest.raises(Unavailable):
            await counter.add("key", 60)


async def test_a_process_forgets_at_the_end_of_the_window():
    clock = Seconds()
    counter = LocalCounter(clock)

    assert await counter.add("key", 60) == Count(1, 60)
    clock.now += 59
    assert await counter.add("key", 60) == Count(2, 1)
    clock.now += 1
    assert await counter.add("key", 60) == Count(1, 60)
    await counter.clear("key")
    assert await counter.add("key", 60) == Count(1, 60)


async def test_a_process_remembers_so_many_keys_and_no_more():
    counter = LocalCounter()
    for number in range(CAPACITY + 5):
        await counter.add(str(number), 60)

    assert len(counter._counts) == CAPACITY
    assert (await counter.add(str(CAPACITY), 60)).total == 2
    assert (await counter.add("0", 60)).total == 1


@pytest.mark.asvs("2.4.1")
async def test_a_process_does_not_forget_what_is_counted_all_the_time():
    counter = LocalCounter()
    for number in range(CAPACITY):
        await counter.add("victim", 60)
        await counter.add(str(number), 60)

    assert (await counter.add("victim", 60)).total == CAPACITY + 1


async def test_redis_is_asked_again_a_while_after_it_failed():
    class Failing:
        asked = 0
        failing = True

        async def add(self, key: str, window_seconds: float) -> Count:
            self.asked += 1
            if self.failing:
                raise Unavailable(part="redis")
            return Count(100, window_seconds)

        async def clear(self, key: str) -> None:
            await self.add(key, 0)

    clock, shared = Seconds(), Failing()
    counter = FallbackCounter(shared, LocalCounter(), clock=clock)

    totals = [(await counter.add("key", 60)).total for _ in range(3)]
    await counter.clear("key")

    assert totals == [1, 2, 3]
    assert shared.asked == 1
    clock.now += PAUSE_SECONDS
    shared.failing = False
    assert (await counter.add("key", 60)).total == 100
