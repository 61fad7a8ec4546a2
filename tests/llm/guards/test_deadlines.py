"""How long an answer may stand still, and how long it may take."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from services.llm.guards.deadlines import Deadlines
from services.llm.model import (
    Delta,
    Heartbeat,
    ModelStalled,
    ProviderEvent,
    Question,
)
from services.llm.ports import Provider
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import Playing, ask, completed, question, text_of


def within(
    provider: Provider, *, stall: float = 60.0, whole: float = 60.0
) -> Deadlines:
    return Deadlines(provider, stall_seconds=stall, whole_seconds=whole)


@pytest.mark.parametrize("tokens", [0, 5])
async def test_an_answer_that_stands_still_is_given_up_and_its_connection_closed(
    provider: Provider, upstream: Upstream, tokens: int
):
    upstream.rescript(Script(stall_after=tokens))

    with pytest.raises(ModelStalled):
        await ask(within(provider, stall=0.1))

    await upstream.left_alone()
    assert upstream.counts["finished"] == 0


async def test_signs_of_life_are_no_progress():
    async def alive(question: Question) -> AsyncGenerator[ProviderEvent]:
        for _ in range(300):
            await asyncio.sleep(0.01)
            yield Heartbeat()

    with pytest.raises(ModelStalled):
        await ask(within(Playing(alive), stall=0.1))


async def test_an_answer_that_goes_on_may_take_longer_than_it_may_stand_still(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(12), delay=0.3))

    events = await ask(within(provider, stall=3))

    assert text_of(events) == upstream.script.text


async def test_an_answer_that_goes_on_for_too_long_is_given_up(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(1_000), delay=0.01))

    with pytest.raises(ModelStalled):
        await ask(within(provider, whole=0.2))

    await upstream.left_alone()
    assert upstream.counts["finished"] == 0


async def test_an_answer_that_never_keeps_its_reader_waiting_is_given_up_too():
    async def pouring(question: Question) -> AsyncGenerator[ProviderEvent]:
        for _ in range(300):
            yield Delta("word ", 1)

    async def read() -> None:
        answer = within(Playing(pouring), whole=0.1).generate(question())
        async with aclosing(answer) as events:
            async for _ in events:
                await asyncio.sleep(0.01)

    with pytest.raises(ModelStalled):
        await read()


async def test_a_reader_who_takes_his_time_is_no_provider_that_stands_still(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(4), delay=0.001))
    read: list[ProviderEvent] = []

    async with aclosing(within(provider, stall=3).generate(question())) as events:
        async for event in events:
            if not read:
                await asyncio.sleep(3.5)
            read.append(event)

    assert completed(read)


async def test_who_is_cancelled_is_not_told_of_a_stall(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(stall_after=1))
    asking = asyncio.create_task(ask(within(provider)))
    await upstream.stalled()

    asking.cancel()
    await asyncio.wait([asking])

    assert asking.cancelled()
    await upstream.disconnected()
