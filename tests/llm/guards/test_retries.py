"""When a question is put again, and how often at the most."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from random import Random
from time import monotonic

import pytest

from services.llm.guards.retries import Budget, Retries
from services.llm.model import (
    Completed,
    ModelCredentials,
    ModelProtocol,
    ModelRateLimited,
    ModelRejected,
    ModelUnavailable,
    ModelWindowExceeded,
    ProviderError,
    ProviderEvent,
    Question,
)
from services.llm.ports import Provider
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import (
    USE,
    Clock,
    Playing,
    after_calls,
    ask,
    ended,
    question,
    text_of,
)

WELL = Script(tokens=words(20))


@pytest.fixture
def retrying(provider: Provider) -> Retries:
    budget = Budget(clock=Clock())  # however long a test takes, it gets no more
    return Retries(provider, name="openai", budget=budget, random=Random(1))  # noqa: S311 - when to ask again


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_provider_that_fails_once_is_asked_again(
    retrying: Retries, upstream: Upstream, status: int
):
    upstream.rescript(Script(status=status))
    asking = asyncio.create_task(ask(retrying))
    await upstream.asked()

    upstream.rescript(WELL)

    assert text_of(await asking) == WELL.text
    assert upstream.counts["asked"] == 2


async def test_a_provider_that_goes_on_failing_is_asked_three_times(
    retrying: Retries, upstream: Upstream
):
    upstream.rescript(Script(status=500))

    with pytest.raises(ModelUnavailable):
        await ask(retrying)

    assert upstream.counts["asked"] == 3


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (Script(status=400), ModelRejected),
        (Script(status=401), ModelCredentials),
        (Script(cut_after=0), ModelProtocol),
        (Script(cut_after=3), ModelProtocol),
    ],
)
async def test_what_will_not_get_better_or_has_begun_is_not_asked_again(
    retrying: Retries, upstream: Upstream, script: Script, error: type[Exception]
):
    upstream.rescript(script)

    with pytest.raises(error):
        await ask(retrying)

    assert upstream.counts["asked"] == 1


async def test_a_provider_is_left_alone_for_as_long_as_it_asks_for(
    retrying: Retries, upstream: Upstream
):
    upstream.rescript(Script(status=429, retry_after=1))
    began = monotonic()
    asking = asyncio.create_task(ask(retrying))
    await upstream.asked()
    upstream.rescript(WELL)

    await asking

    assert monotonic() - began >= 1


async def test_nobody_waits_for_a_provider_that_asks_for_minutes(
    retrying: Retries, upstream: Upstream
):
    upstream.rescript(Script(status=429, retry_after=120))

    with pytest.raises(ModelRateLimited) as caught:
        await ask(retrying)

    assert caught.value.retry_after == 120
    assert upstream.counts["asked"] == 1


async def test_a_provider_in_trouble_gets_a_fifth_more_at_the_most(
    retrying: Retries, upstream: Upstream
):
    upstream.rescript(Script(status=500))

    errors = await ended(*(asyncio.create_task(ask(retrying)) for _ in range(100)))

    assert errors == ["ModelUnavailable"] * 100
    assert 100 < upstream.counts["asked"] <= 120


async def test_who_leaves_while_it_waits_asks_no_more(
    retrying: Retries, upstream: Upstream
):
    upstream.rescript(Script(status=429, retry_after=2))
    asking = asyncio.create_task(ask(retrying))
    await upstream.finished()

    asking.cancel()
    await asyncio.wait([asking])

    assert asking.cancelled()
    assert upstream.counts["asked"] == 1


def test_a_quiet_system_may_ask_again_now_and_then():
    clock = Clock()
    budget = Budget(clock=clock)
    taken = [budget.take() for _ in range(5)]

    clock.now += 2

    assert taken == [True, True, True, False, False]
    assert [budget.take() for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("error", [ModelRejected(), ModelWindowExceeded()])
async def test_who_refuses_what_it_wrote_itself_is_told_in_plain_words_once(
    error: ProviderError,
):
    asked: list[Question] = []

    async def refuse(question: Question) -> AsyncGenerator[ProviderEvent]:
        asked.append(question)
        if any(turn.verbatim for turn in question.turns):
            raise error
        yield Completed("m", "stop")

    await ask(over(refuse), after_calls())

    assert [bool(question.turns[1].verbatim) for question in asked] == [True, False]
    assert asked[1].turns[1].tool_uses == (USE,)


async def test_a_refusal_is_no_reason_to_ask_again_without_it_or_twice():
    asked: list[Question] = []

    async def refuse(question: Question) -> AsyncGenerator[ProviderEvent]:
        asked.append(question)
        raise ModelRejected
        yield

    for number, given in enumerate((question(), after_calls()), start=1):
        asked.clear()
        with pytest.raises(ModelRejected):
            await ask(over(refuse), given)
        assert len(asked) == number


def over(play: Callable[[Question], AsyncGenerator[ProviderEvent]]) -> Retries:
    return Retries(Playing(play), name="p", budget=Budget(), random=Random(1))  # noqa: S311 - when to ask again
