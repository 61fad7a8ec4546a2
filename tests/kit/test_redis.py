"""Redis, whoever goes away meanwhile."""

import asyncio

import pytest

from services.kit import redis


async def test_no_cancellation_is_lost_whenever_it_comes(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(redis, "TIMEOUT_SECONDS", 30)
    async with redis.connect(redis_url) as client:
        await client.ping()
        turns = 0
        while True:
            asking = asyncio.ensure_future(client.ping())
            for _ in range(turns):
                await asyncio.sleep(0)
            if asking.done():
                break
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            turns += 1

    assert turns > 3  # or nothing was cancelled on its way


async def test_the_answer_to_what_was_cancelled_is_not_taken_for_anothers(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(redis, "TIMEOUT_SECONDS", 30)
    async with redis.connect(redis_url) as client:
        for turns in range(30):
            asking = asyncio.ensure_future(client.echo("one"))
            for _ in range(turns):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

            assert await client.echo("another") == b"another"
