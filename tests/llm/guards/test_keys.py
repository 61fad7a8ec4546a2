"""Several keys of a provider share its work, and stand in for each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from services.llm.guards.keys import LIMITED_SECONDS, REFUSED_SECONDS, Keys
from services.llm.model import ModelCredentials, ModelRateLimited, Verbatim
from tests.doubles.script import Call, Script, words
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import (
    Clock,
    after_calls,
    ask,
    completed,
    question,
    text_of,
)
from tests.llm.guards.conftest import model
from tests.llm.providers.reading import WEATHER

WELL = Script(tokens=words(20))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def opened(clock: Clock) -> AsyncIterator[tuple[Keys, list[Upstream]]]:
    async with AsyncExitStack() as stack:
        found = [await stack.enter_async_context(model(WELL)) for _ in range(3)]
        providers, upstreams = zip(*found, strict=True)
        yield Keys(providers, clock=clock), list(upstreams)


@pytest.fixture
def keys(opened: tuple[Keys, list[Upstream]]) -> Keys:
    return opened[0]


@pytest.fixture
def upstreams(opened: tuple[Keys, list[Upstream]]) -> list[Upstream]:
    return opened[1]


def asked(upstreams: list[Upstream]) -> list[int]:
    return [upstream.counts["asked"] for upstream in upstreams]


async def test_who_has_the_least_to_do_is_asked(keys: Keys, upstreams: list[Upstream]):
    for upstream in upstreams:
        upstream.rescript(Script(stall_after=1))

    asking = [asyncio.create_task(ask(keys)) for _ in range(9)]
    for upstream in upstreams:
        await upstream.stalled(3)
        upstream.release()
    await asyncio.gather(*asking)

    assert asked(upstreams) == [3, 3, 3]


async def test_one_after_the_other_they_take_turns(
    keys: Keys, upstreams: list[Upstream]
):
    for _ in range(6):
        await ask(keys)

    assert asked(upstreams) == [2, 2, 2]


@pytest.mark.parametrize("status", [401, 429])
async def test_a_key_that_is_limited_or_refused_rests_and_the_next_is_used(
    keys: Keys, upstreams: list[Upstream], status: int
):
    upstreams[0].rescript(Script(status=status))

    texts = [text_of(await ask(keys)) for _ in range(9)]

    assert texts == [WELL.text] * 9
    assert upstreams[0].counts["asked"] == 1


async def test_a_key_rests_for_as_long_as_the_provider_says(
    keys: Keys, upstreams: list[Upstream], clock: Clock
):
    upstreams[0].rescript(Script(status=429, retry_after=7))
    await asyncio.gather(*(ask(keys) for _ in range(3)))
    upstreams[0].rescript(WELL)
    clock.now += 6.9
    await asyncio.gather(*(ask(keys) for _ in range(6)))
    before = upstreams[0].counts["asked"]

    clock.now += 0.1
    await asyncio.gather(*(ask(keys) for _ in range(6)))

    assert before == 1
    assert upstreams[0].counts["asked"] == 3


async def test_a_limit_is_of_a_model_and_a_refusal_of_all(
    keys: Keys, upstreams: list[Upstream]
):
    upstreams[0].rescript(Script(status=429))
    upstreams[1].rescript(Script(status=401))
    for _ in range(3):
        await ask(keys, question(model="a"))

    for _ in range(6):
        await ask(keys, question(model="scripted-1x0ms"))

    assert upstreams[0].counts["asked"] > 1
    assert upstreams[1].counts["asked"] == 1


async def test_when_all_rest_nobody_is_asked_and_it_is_said_until_when(
    keys: Keys, upstreams: list[Upstream]
):
    for upstream in upstreams:
        upstream.rescript(Script(status=429))

    errors = []
    for _ in range(5):
        with pytest.raises(ModelRateLimited) as caught:
            await ask(keys)
        errors.append(caught.value.retry_after)

    assert errors == [pytest.approx(LIMITED_SECONDS)] * 5
    assert asked(upstreams) == [1, 1, 1]


async def test_keys_that_are_all_wrong_are_said_to_be_wrong(
    keys: Keys, upstreams: list[Upstream], clock: Clock
):
    for upstream in upstreams:
        upstream.rescript(Script(status=401))

    with pytest.raises(ModelCredentials):
        await ask(keys)
    clock.now += REFUSED_SECONDS
    for upstream in upstreams:
        upstream.rescript(WELL)

    assert text_of(await ask(keys)) == WELL.text


async def test_who_has_begun_to_answer_goes_on_alone(
    keys: Keys, upstreams: list[Upstream]
):
    for upstream in upstreams:
        upstream.rescript(Script(cut_after=3))

    with pytest.raises(Exception, match="cut the stream"):
        await ask(keys)

    assert sum(asked(upstreams)) == 1


THINKS = Script(tokens=(), thoughts=words(3), calls=(Call(),))


async def written(keys: Keys) -> Verbatim:
    """Have a model call a tool; return what it wrote."""
    events = await ask(keys, replace(question(), tools=(WEATHER,)))
    (verbatim,) = [event for event in events if isinstance(event, Verbatim)]
    return verbatim


async def test_what_a_model_wrote_goes_back_with_the_key_that_it_was_written_for(
    keys: Keys, upstreams: list[Upstream]
):
    for upstream in upstreams:
        upstream.rescript(THINKS)

    for number in range(1, 4):
        verbatim = await written(keys)
        before = asked(upstreams)
        for _ in range(2):
            await ask(keys, after_calls(verbatim))

        after = asked(upstreams)
        used = [now - then for then, now in zip(before, after, strict=True)]
        assert sorted(used) == [0, 0, 2]
        assert sum(after) == 3 * number


async def test_another_key_is_used_while_that_one_rests(
    keys: Keys, upstreams: list[Upstream]
):
    for upstream in upstreams:
        upstream.rescript(THINKS)
    verbatim = await written(keys)
    upstreams[verbatim.key].rescript(Script(status=429))

    events = await ask(keys, after_calls(verbatim))

    assert completed(events).finish_reason == "stop"
    assert upstreams[verbatim.key].counts["asked"] == 2
