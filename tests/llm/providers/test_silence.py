"""Providers that say nothing, and callers who leave."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from itertools import takewhile
from typing import cast

import aiohttp
import pytest

from services.llm.model import (
    Delta,
    Heartbeat,
    ModelStalled,
    ProviderEvent,
    Usage,
)
from services.llm.ports import Provider
from services.llm.providers.endpoint import PATIENCE, Patience
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.providers.protocols import Protocol
from tests.llm.providers.reading import QUESTION, completed, only, text, tokens, told

LITTLE = Patience(heartbeat=0.03, stall=0.1)


class Afterwards:
    """Much patience until a provider stalls, and little then."""

    heartbeat, usage = LITTLE.heartbeat, LITTLE.usage

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    @property
    def stall(self) -> float:
        stalled = self._upstream.counts["stalled"]
        return LITTLE.stall if stalled else PATIENCE.stall


async def test_a_silent_provider_is_given_up_and_what_it_said_is_told(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(9), stall_after=4))
    patience = cast(Patience, Afterwards(upstream))
    provider = protocol.open(session, upstream.url, patience=patience)

    events, error = await told(provider.generate(QUESTION))

    await upstream.disconnected()
    assert type(error) is ModelStalled
    assert tokens(events) == 4
    silence = list(takewhile(lambda event: event == Heartbeat(), reversed(events)))
    assert 1 <= len(silence) <= 4


async def test_a_provider_that_does_not_even_begin_is_given_up(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    upstream.rescript(Script(pause=60))
    provider = protocol.open(session, upstream.url, patience=LITTLE)

    _, error = await told(provider.generate(QUESTION))

    await upstream.left_alone()
    assert type(error) is ModelStalled
    assert upstream.counts["finished"] == 0


async def test_a_slow_provider_is_waited_for(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(4), stall_after=2))
    patience = Patience(heartbeat=0.02)
    provider = protocol.open(session, upstream.url, patience=patience)
    events: list[ProviderEvent] = []

    async for event in provider.generate(QUESTION):
        events.append(event)
        if isinstance(event, Heartbeat):
            upstream.release()

    assert only(Heartbeat, events)
    assert text(events) == "".join(words(4))
    assert completed(events)


@pytest.mark.parametrize("thoughts", [0, 3])
async def test_leaving_closes_the_connection_and_what_was_used_is_told_by_then(
    protocol: Protocol, provider: Provider, upstream: Upstream, thoughts: int
):
    upstream.rescript(
        Script(tokens=words(20), thoughts=words(thoughts), stall_after=5, delay=0.001)
    )
    seen: list[ProviderEvent] = []

    async with aclosing(provider.generate(QUESTION)) as events:
        while tokens(seen) < thoughts + 5:
            seen.append(await anext(events))

    await upstream.disconnected()
    assert tokens(seen) == thoughts + 5
    assert text(seen) == "".join(words(5))
    if protocol.name in ("anthropic", "gemini"):
        assert [usage.input_tokens > 0 for usage in only(Usage, seen)] == [True]
    assert upstream.open_connections == 0


async def test_leaving_while_it_is_asked_closes_the_connection(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(pause=60))
    asking = asyncio.ensure_future(anext(provider.generate(QUESTION)))
    await upstream.asked()

    asking.cancel()

    await upstream.disconnected()


async def test_two_answers_do_not_disturb_each_other(
    provider: Provider, upstream: Upstream
):
    slow, fast = (
        replace(QUESTION, model=f"scripted-{count}x{delay}ms")
        for count, delay in ((30, 1), (3, 0))
    )

    both = await asyncio.gather(*(told(provider.generate(q)) for q in (slow, fast)))

    assert [text(events) for events, _ in both] == [
        "".join(words(30)),
        "".join(words(3)),
    ]
    assert all(isinstance(events[0], Delta | Usage) for events, _ in both)
