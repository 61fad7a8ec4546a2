"""What a model thought before it called tools comes back to it with their results."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from services.llm.model import (
    ModelRejected,
    Question,
    ToolUse,
    Verbatim,
)
from services.llm.ports import Provider
from tests.calls import everything
from tests.doubles.script import Call, Script, words
from tests.doubles.upstream import Upstream
from tests.llm.providers import thinking
from tests.llm.providers.reading import completed, only, told
from tests.llm.providers.thinking import THINKERS, Thinker, called, thoughts_in

THOUGHTS = words(6)
THOUGHT = "".join(THOUGHTS)
TWO = (Call("weather", '{"city": "Lomé", "days": 1.0}'), Call("clock", "{}"))
SCRIPT = Script(tokens=words(4), thoughts=THOUGHTS, calls=TWO, rounds=2)


@pytest.fixture(params=THINKERS, ids=lambda thinker: thinker.model)
def thinker(request: pytest.FixtureRequest) -> Thinker:
    """Each in turn."""
    found: Thinker = request.param
    return found


@pytest.fixture
async def upstream(thinker: Thinker) -> AsyncIterator[Upstream]:
    async with thinker.protocol.serving(SCRIPT) as upstream:
        yield upstream


@pytest.fixture
def provider(
    thinker: Thinker, session: aiohttp.ClientSession, upstream: Upstream
) -> Provider:
    return thinker.protocol.open(session, upstream.url)


@pytest.fixture
async def answered(thinker: Thinker, provider: Provider) -> Question:
    """A question after the first calls."""
    return await called(provider, thinker.question)


@pytest.mark.parametrize("split", [None, 7])
async def test_thoughts_come_back_round_after_round(
    thinker: Thinker, provider: Provider, upstream: Upstream, split: int | None
):
    upstream.rescript(replace(SCRIPT, split=split))
    once = await called(provider, thinker.question)
    twice = await called(provider, once)

    events = await everything(provider.generate(twice))

    first, second, third = (request.body for request in upstream.requests)
    assert thoughts_in(first) == []
    assert thoughts_in(second) == [THOUGHT]
    assert thoughts_in(third) == [THOUGHT, THOUGHT]
    assert completed(events).finish_reason == "stop"


async def test_what_was_said_between_thoughts_stays_between_them(
    thinker: Thinker, provider: Provider, upstream: Upstream
):
    upstream.rescript(replace(SCRIPT, interleaved=True))
    question = await called(provider, thinker.question)

    events = await everything(provider.generate(question))

    halves = ["".join(THOUGHTS[:3]), "".join(THOUGHTS[3:])]
    if "reasoning_content" in str(upstream.requests[-1].body):
        halves = [THOUGHT]  # a field has no places
    assert thoughts_in(upstream.requests[-1].body) == halves
    assert completed(events).finish_reason == "tool_calls"


async def test_thoughts_come_before_the_calls_and_once(
    thinker: Thinker, provider: Provider
):
    events = await everything(provider.generate(thinker.question))

    kinds = [type(event).__name__ for event in events]
    assert kinds[-4:] == ["Verbatim", "ToolUse", "ToolUse", "Completed"]
    assert len(only(Verbatim, events)) == 1
    assert THOUGHT not in repr(only(Verbatim, events))


async def test_a_maker_refuses_thoughts_that_were_changed(
    answered: Question, provider: Provider
):
    ask, said, *rest = answered.turns
    assert said.verbatim
    # Of what can be read only, where the signature says it all.
    changed = tuple(
        part.replace(json.dumps(THOUGHTS[2], ensure_ascii=False)[1:-1].encode(), b"?")
        for part in said.verbatim.content
    )
    forged = replace(said, verbatim=replace(said.verbatim, content=changed))

    _, error = await told(
        provider.generate(replace(answered, turns=(ask, forged, *rest)))
    )

    assert changed != said.verbatim.content
    assert isinstance(error, ModelRejected)


async def test_another_model_is_told_in_plain_words(
    answered: Question, provider: Provider, upstream: Upstream
):
    events = await everything(
        provider.generate(replace(answered, model="scripted-3x0ms"))
    )

    assert completed(events).finish_reason == "stop"
    assert thoughts_in(upstream.requests[-1].body) == []


async def test_the_same_model_elsewhere_is_told_in_plain_words(
    answered: Question, thinker: Thinker, session: aiohttp.ClientSession
):
    async with thinker.protocol.serving(SCRIPT) as elsewhere:
        other = thinker.protocol.open(session, elsewhere.url)

        await told(other.generate(answered))  # DeepSeek alone takes none

    assert thoughts_in(elsewhere.requests[-1].body) == []


async def test_what_a_turn_does_not_say_any_more_does_not_come_back(
    answered: Question, provider: Provider, upstream: Upstream
):
    ask, said, *results = answered.turns
    fewer = replace(said, tool_uses=said.tool_uses[:1])
    redacted = replace(said, text="[redacted]")

    for turns in ((ask, fewer, results[0]), (ask, redacted, *results)):
        await told(provider.generate(replace(answered, turns=turns)))

        assert thoughts_in(upstream.requests[-1].body) == []


async def test_nothing_is_kept_where_no_tool_was_offered(
    thinker: Thinker, provider: Provider
):
    events = await everything(provider.generate(replace(thinker.question, tools=())))

    assert only(Verbatim, events) == []


@pytest.mark.parametrize(
    "script",
    [replace(SCRIPT, calls=()), replace(SCRIPT, cut_after=2)],
    ids=["no calls", "broken off"],
)
async def test_nothing_is_kept_where_nothing_wants_it_back(
    thinker: Thinker, provider: Provider, upstream: Upstream, script: Script
):
    upstream.rescript(script)

    events, _ = await told(provider.generate(thinker.question))

    assert only(Verbatim, events) == []


async def test_nothing_is_kept_where_plain_words_say_as_much(
    thinker: Thinker, provider: Provider, upstream: Upstream
):
    upstream.rescript(replace(SCRIPT, thoughts=()))

    events = await everything(provider.generate(thinker.question))

    signs_all_calls = thinker.protocol.name == "gemini"
    assert len(only(Verbatim, events)) == signs_all_calls


async def test_thoughts_without_end_are_not_kept_and_the_calls_are_made(
    thinker: Thinker, provider: Provider, upstream: Upstream
):
    upstream.rescript(replace(SCRIPT, thoughts=("x" * 100_000,) * 7))

    events = await everything(provider.generate(thinker.question))

    assert only(Verbatim, events) == []
    assert len(only(ToolUse, events)) == 2


@pytest.mark.parametrize(
    "thinker", [thinking.BUDGETED, thinking.ADAPTIVE], ids=lambda each: each.model
)
async def test_thoughts_that_nobody_may_read_come_back_in_their_places(
    thinker: Thinker, provider: Provider, upstream: Upstream
):
    upstream.rescript(replace(SCRIPT, redacted=("c2VjcmV0", "bW9yZQ==")))
    question = await called(provider, thinker.question)

    await everything(provider.generate(question))

    (_, said, _) = upstream.requests[-1].body["messages"]
    assert [block["type"] for block in said["content"]] == [
        *("thinking", "redacted_thinking", "redacted_thinking", "text"),
        *("tool_use", "tool_use"),
    ]
    assert [block.get("data") for block in said["content"][1:3]] == [
        "c2VjcmV0",
        "bW9yZQ==",
    ]


@pytest.mark.parametrize("thinker", [thinking.BUDGETED], ids=["budgeted"])
async def test_a_model_with_a_budget_goes_on_thinking_after_its_calls(
    answered: Question, provider: Provider, upstream: Upstream
):
    await everything(provider.generate(answered))

    assert upstream.requests[-1].body["thinking"]["type"] == "enabled"


@pytest.mark.parametrize("thinker", [thinking.BUDGETED], ids=["budgeted"])
async def test_a_model_with_a_budget_thinks_no_more_if_it_did_not_before_the_first_call(
    answered: Question, provider: Provider, upstream: Upstream
):
    ask, said, *results = answered.turns
    turns = (ask, replace(said, verbatim=None), *results)
    later = await called(provider, replace(answered, turns=turns))

    await everything(
        provider.generate(replace(later, turns=(*turns, *later.turns[4:])))
    )

    body = upstream.requests[-1].body
    assert "thinking" not in body
    assert thoughts_in(body) == []


@pytest.mark.parametrize("thinker", [thinking.GEMINI_3], ids=["gemini"])
async def test_a_call_is_skipped_by_its_signature_only_where_nobody_kept_one(
    answered: Question, provider: Provider, upstream: Upstream
):
    ask, said, *results = answered.turns
    await everything(provider.generate(answered))
    kept = str(upstream.requests[-1].body)

    await everything(
        provider.generate(
            replace(answered, turns=(ask, replace(said, verbatim=None), *results))
        )
    )

    assert "skip_thought_signature_validator" not in kept
    assert "skip_thought_signature_validator" in str(upstream.requests[-1].body)
