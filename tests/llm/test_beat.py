"""What comes within a beat is sent together, and the first piece at once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing

import aiohttp
import pytest

from services.llm.model import Completed, Delta, ProviderEvent, Question, Turn
from services.llm.providers.beat import Beat
from services.llm.providers.openai import OpenAiProvider, client_session
from tests.calls import everything
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream

NEVER = 3600.0
QUESTION = Question("", (Turn("user", "Hi"),))
With = Callable[[float], OpenAiProvider]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections to the scripted model."""
    async with client_session() as session:
        yield session


@pytest.fixture
def beating(session: aiohttp.ClientSession, upstream: Upstream) -> With:
    """The scripted model, read with a beat of so many seconds."""

    def beating(seconds: float) -> OpenAiProvider:
        return OpenAiProvider(
            session,
            url=upstream.url,
            name="openai",
            model="scripted",
            beat=Beat(seconds),
        )

    return beating


def deltas(events: Sequence[ProviderEvent]) -> list[Delta]:
    return [event for event in events if isinstance(event, Delta)]


async def test_the_first_piece_waits_for_no_beat(beating: With, upstream: Upstream):
    upstream.rescript(Script(tokens=words(5), stall_after=1))

    async with aclosing(beating(NEVER).generate(QUESTION)) as events:
        first = await anext(events)

    assert first == Delta(words(5)[0], tokens=1)


async def test_what_comes_within_a_beat_is_one_piece(beating: With, upstream: Upstream):
    upstream.rescript(Script(tokens=words(20), delay=0.001))

    events = await everything(beating(0.2).generate(QUESTION))

    assert "".join(delta.text for delta in deltas(events)) == upstream.script.text
    assert sum(delta.tokens for delta in deltas(events)) == 20
    assert len(deltas(events)) < 10
    assert isinstance(events[-1], Completed)


async def test_an_answer_that_comes_at_once_waits_for_no_beat(
    beating: With, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(3)))

    events = await everything(beating(NEVER).generate(QUESTION))

    assert isinstance(events[-1], Completed)


async def test_a_fast_answer_is_read_on_at_once(beating: With, upstream: Upstream):
    upstream.rescript(Script(tokens=("x" * 5_000, "y"), stall_after=1))

    async with aclosing(beating(NEVER).generate(QUESTION)) as events:
        first = await anext(events)
        upstream.release()
        second = await anext(events)

    assert [first, second] == [Delta("x" * 5_000, tokens=1), Delta("y", tokens=1)]


async def test_leaving_between_two_beats_closes_the_connection(
    beating: With, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(5), stall_after=2, delay=0.001))
    events = beating(NEVER).generate(QUESTION)
    await anext(events)
    waiting = asyncio.ensure_future(anext(events))
    await upstream.stalled()

    waiting.cancel()

    await upstream.disconnected()


async def test_all_who_wait_go_on_together_and_nobody_who_leaves_disturbs_them():
    beat = Beat(0.05)
    leaver, *others = [asyncio.create_task(beat.wait()) for _ in range(3)]
    await asyncio.sleep(0)

    leaver.cancel()
    done, _ = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)

    assert done == set(others)
    assert leaver.cancelled()


async def test_a_beat_goes_on():
    beat = Beat(0.005)

    for _ in range(3):
        await beat.wait()
