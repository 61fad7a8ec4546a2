"""A provider writes so many answers at once, and users take turns."""

import asyncio
from contextlib import aclosing
from uuid import uuid4

import pytest

from services.kit.errors import Overloaded
from services.llm.guards.fair_queue import FairQueue
from services.llm.guards.turns import AGAIN_SECONDS, Turns
from services.llm.model import ModelProtocol
from services.llm.ports import Provider
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import ask, question, text_of, until


@pytest.fixture
def queue() -> FairQueue:
    return FairQueue(2, waiting=3, waiting_each=3, patience=60)


@pytest.fixture
def turns(provider: Provider, queue: FairQueue) -> Turns:
    return Turns(provider, name="openai", queue=queue)


async def test_no_more_than_so_many_are_asked_at_once(turns: Turns, upstream: Upstream):
    upstream.rescript(Script(stall_after=1))
    asking = [asyncio.create_task(ask(turns)) for _ in range(5)]
    await upstream.stalled(2)
    before = upstream.counts["asked"]

    upstream.release()
    answers = await asyncio.gather(*asking)

    assert before == 2
    assert {text_of(events) for events in answers} == {upstream.script.text}


async def test_a_full_queue_refuses_and_says_when_to_come_again(
    turns: Turns, upstream: Upstream
):
    upstream.rescript(Script(stall_after=1))
    asking = [asyncio.create_task(ask(turns)) for _ in range(5)]
    await upstream.stalled(2)

    with pytest.raises(Overloaded) as caught:
        await ask(turns, question(user=uuid4()))

    assert caught.value.retry_seconds == AGAIN_SECONDS
    upstream.release()
    await asyncio.gather(*asking)


async def test_an_answer_gives_its_turn_back_however_it_ends(
    turns: Turns, upstream: Upstream, queue: FairQueue
):
    await ask(turns)
    whole = queue.free

    upstream.rescript(Script(cut_after=3))
    with pytest.raises(ModelProtocol):
        await ask(turns)
    cut = queue.free

    upstream.rescript(Script(stall_after=3))
    async with aclosing(turns.generate(question())) as events:
        await anext(events)
    closed = queue.free

    asking = asyncio.create_task(ask(turns))
    await upstream.stalled(2)
    asking.cancel()
    await asyncio.wait([asking])

    assert (whole, cut, closed, queue.free) == (2, 2, 2, 2)


async def test_who_leaves_the_queue_leaves_no_trace(
    turns: Turns, upstream: Upstream, queue: FairQueue
):
    upstream.rescript(Script(tokens=words(5), stall_after=1))
    asking = [asyncio.create_task(ask(turns)) for _ in range(2)]
    await upstream.stalled(2)
    leaver = asyncio.create_task(ask(turns))
    await until(lambda: queue.waiting == 1)

    leaver.cancel()
    await asyncio.wait([leaver])

    assert queue.waiting == 0
    upstream.release()
    await asyncio.gather(*asking)
    assert queue.free == 2
    assert upstream.counts["asked"] == 2
