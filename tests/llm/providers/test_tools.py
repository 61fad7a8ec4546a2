"""Tools: what models are offered, call, and get to know."""

import json
from dataclasses import replace

import pytest

from services.llm.model import Completed, ModelProtocol, ToolUse
from services.llm.ports import Provider
from tests.calls import everything
from tests.doubles.script import Call, Script, words
from tests.doubles.upstream import Upstream
from tests.llm.providers.reading import (
    TOOLS,
    answered,
    completed,
    only,
    text,
    told,
)


async def test_calls_are_whole_and_come_before_the_end(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(3), calls=(Call(), Call()), split=5))

    events = await everything(provider.generate(TOOLS))

    uses = only(ToolUse, events)
    assert text(events) == "".join(words(3))
    assert [use.name for use in uses] == ["weather", "clock"]
    assert [json.loads(use.arguments) for use in uses] == [{"city": "Lomé"}] * 2
    assert len({use.id for use in uses}) == 2
    assert [type(event) for event in events[-3:]] == [ToolUse, ToolUse, Completed]
    assert completed(events).finish_reason == "tool_calls"


@pytest.mark.parametrize("said", ["", "Let me see."])
async def test_a_model_that_has_got_its_results_answers(
    provider: Provider, upstream: Upstream, said: str
):
    upstream.rescript(Script(tokens=words(3), calls=(Call(), Call())))
    uses = only(ToolUse, await everything(provider.generate(TOOLS)))

    events = await everything(
        provider.generate(replace(TOOLS, turns=answered(uses, said)))
    )

    assert only(ToolUse, events) == []
    assert text(events) == "".join(words(3))
    assert completed(events).finish_reason == "stop"


async def test_tools_can_be_called_again_and_again(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=(), calls=(Call(),), rounds=2))
    turns, rounds = TOOLS.turns, 0
    while uses := only(
        ToolUse, await everything(provider.generate(replace(TOOLS, turns=turns)))
    ):
        turns = (*turns, *answered(uses)[1:])
        rounds += 1

    assert rounds == 2


async def test_a_call_without_arguments_has_an_empty_object(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=(), calls=(Call("clock", "{}"),)))

    events = await everything(provider.generate(TOOLS))

    assert [use.arguments for use in only(ToolUse, events)] == ["{}"]


async def test_arguments_that_are_no_object_can_be_sent_back(
    provider: Provider, upstream: Upstream
):
    uses = [ToolUse("call_1", "clock", "nonsense"), ToolUse("call_2", "clock", "[1]")]

    events = await everything(provider.generate(replace(TOOLS, turns=answered(uses))))

    assert completed(events).finish_reason == "stop"


async def test_a_model_that_calls_without_end_is_cut_off(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(1), calls=(Call("clock", "{}"),) * 200))

    events, error = await told(provider.generate(TOOLS))

    assert isinstance(error, ModelProtocol)
    assert only(ToolUse, events) == []
    assert text(events) == words(1)[0]


async def test_arguments_without_end_are_cut_off(
    provider: Provider, upstream: Upstream
):
    arguments = json.dumps({"city": "x" * 600_000})
    upstream.rescript(Script(tokens=(), calls=(Call("clock", arguments),) * 3))

    events, error = await told(provider.generate(TOOLS))

    assert isinstance(error, ModelProtocol)
    assert only(ToolUse, events) == []
