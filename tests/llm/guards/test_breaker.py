"""A provider that is down is left alone, and noticed when it is back."""

import asyncio
from contextlib import aclosing

import pytest

from services.llm.guards.breaker import Breaker
from services.llm.guards.circuit import (
    CONSECUTIVE,
    LONGEST_REST_SECONDS,
    REST_SECONDS,
)
from services.llm.model import ModelNotFound, ModelRejected, ModelUnavailable
from services.llm.ports import Provider
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import Clock, ask, ended, question, text_of

DOWN = Script(status=503)
WELL = Script(tokens=words(20))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(provider: Provider, clock: Clock) -> Breaker:
    return Breaker(provider, name="openai", clock=clock)


async def fail(breaker: Breaker, times: int = CONSECUTIVE) -> None:
    for _ in range(times):
        with pytest.raises(ModelUnavailable):
            await ask(breaker)


@pytest.mark.asvs("16.5.2")
async def test_a_provider_that_is_down_is_not_asked_any_more(
    breaker: Breaker, upstream: Upstream
):
    upstream.rescript(DOWN)
    await fail(breaker)

    with pytest.raises(ModelUnavailable) as caught:
        await ask(breaker)

    assert caught.value.retry_after == pytest.approx(REST_SECONDS)
    assert upstream.counts["asked"] == CONSECUTIVE


async def test_another_model_of_the_provider_is_asked(
    breaker: Breaker, upstream: Upstream
):
    upstream.rescript(DOWN)
    await fail(breaker)

    events = await ask(breaker, question(model="scripted-3x0ms"))

    assert text_of(events) == "".join(words(3))


async def test_it_is_asked_again_when_it_is_back(
    breaker: Breaker, upstream: Upstream, clock: Clock
):
    upstream.rescript(DOWN)
    await fail(breaker)
    upstream.rescript(WELL)
    clock.now += REST_SECONDS

    texts = [text_of(await ask(breaker)) for _ in range(3)]

    assert texts == [WELL.text] * 3


async def test_while_a_probe_is_on_its_way_all_others_are_refused(
    breaker: Breaker, upstream: Upstream, clock: Clock
):
    upstream.rescript(DOWN)
    await fail(breaker)
    upstream.rescript(Script(stall_after=0))
    clock.now += REST_SECONDS
    probe = asyncio.create_task(ask(breaker))
    await upstream.stalled()

    errors = await ended(*(asyncio.create_task(ask(breaker)) for _ in range(9)))
    upstream.release()

    assert errors == ["CircuitOpen"] * 9
    assert text_of(await probe) == upstream.script.text
    assert upstream.counts["asked"] == CONSECUTIVE + 1


async def test_a_probe_whose_caller_leaves_is_followed_by_another(
    breaker: Breaker, upstream: Upstream, clock: Clock
):
    upstream.rescript(DOWN)
    await fail(breaker)
    upstream.rescript(Script(stall_after=0))
    clock.now += REST_SECONDS
    probe = asyncio.create_task(ask(breaker))
    await upstream.stalled()
    probe.cancel()
    upstream.rescript(WELL)
    clock.now += LONGEST_REST_SECONDS

    events = await ask(breaker)

    assert text_of(events) == WELL.text


@pytest.mark.parametrize(
    ("status", "error"), [(400, ModelRejected), (404, ModelNotFound)]
)
async def test_what_is_the_callers_fault_never_opens_it(
    breaker: Breaker, upstream: Upstream, status: int, error: type[Exception]
):
    upstream.rescript(Script(status=status))

    for _ in range(4 * CONSECUTIVE):
        with pytest.raises(error):
            await ask(breaker)

    assert upstream.counts["asked"] == 4 * CONSECUTIVE


async def test_callers_who_leave_never_open_it(breaker: Breaker, upstream: Upstream):
    upstream.rescript(Script(stall_after=0))
    for _ in range(2 * CONSECUTIVE):
        asking = asyncio.create_task(ask(breaker))
        await upstream.stalled(upstream.counts["stalled"] + 1)
        asking.cancel()
        await asyncio.wait([asking])
    upstream.rescript(WELL)

    events = await ask(breaker)

    assert text_of(events) == WELL.text


async def test_closing_an_answer_closes_the_providers_connection(
    breaker: Breaker, upstream: Upstream
):
    upstream.rescript(Script(stall_after=5))

    async with aclosing(breaker.generate(question())) as events:
        await anext(events)

    await upstream.disconnected()
