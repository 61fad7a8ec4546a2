"""Models and tools take turns, and what comes goes straight to the reader."""

import asyncio
from contextlib import aclosing
from uuid import UUID

import pytest
from langsmith.run_helpers import get_tracing_context

from services.llm.model import (
    Completed,
    Delta,
    Heartbeat,
    ModelStalled,
    Reasoning,
    ToolCalled,
    ToolUse,
    Turn,
    Usage,
)
from services.llm.tools.calls import STANDING
from services.llm.tools.model import Call, CallFailed
from tests.llm.tools.conftest import Asking, calls_in, completed, ended, tool
from tests.llm.tools.scripted import Script, ScriptedProvider, says, wants

NOBODY = UUID(int=0)


async def echo(call: Call) -> str:
    return f"heard {call.text('text')}"


async def test_an_answer_with_a_tool_is_told_event_by_event(asking: Asking):
    provider = ScriptedProvider(
        wants(("echo", '{"text": "hello"}'), text="Let me see. ", read=7),
        says("It said hello.", tokens=4, read=20),
    )

    events = await asking.answer(provider, tool("echo", echo))

    id = calls_in(events)[0].id
    asked = '{"text": "hello"}'
    assert events == [
        Delta("Let me see. ", 1),
        Usage(7),
        Reasoning("", 1),
        ToolCalled(id, "echo", "Echo", asked, "running"),
        ToolCalled(id, "echo", "Echo", asked, "succeeded", "heard hello"),
        Delta("\n\n", 0),
        Delta("It said hello.", 4),
        Completed("scripted", "stop", 27, 6),
    ]


async def test_a_model_is_told_what_came_of_its_calls_as_its_protocol_has_it(
    asking: Asking,
):
    provider = ScriptedProvider(
        wants(("echo", '{"text": "1"}'), text="First."), says("Done.")
    )

    await asking.answer(provider, tool("echo", echo))

    _, standing, question, said, result = provider.asked[1].turns
    assert standing == Turn("system", STANDING)
    assert question == Turn("user", "Hi")
    assert (said.role, said.text) == ("assistant", "First.")
    assert [use.arguments for use in said.tool_uses] == ['{"text": "1"}']
    assert result.tool_use_id == said.tool_uses[0].id
    assert result.text.splitlines()[0] == "The call succeeded."
    assert result.text.splitlines()[2] == "heard 1"
    assert [spec.name for spec in provider.asked[1].tools] == ["echo"]


async def test_the_marks_around_a_result_cannot_be_known_beforehand(asking: Asking):
    provider = ScriptedProvider(
        wants(("echo", "{}"), ("echo", '{"text": "x"}')), says("Done.")
    )

    await asking.answer(provider, tool("echo", echo))

    marks = {turn.text.splitlines()[1] for turn in provider.results}
    assert len(marks) == 2
    for turn in provider.results:
        opening, *_, closing = turn.text.splitlines()[1:]
        assert closing == f"{opening.removeprefix('<<<')}>>>"


async def test_calls_of_one_turn_are_made_at_once(asking: Asking):
    together = asyncio.Barrier(3)

    async def meet(call: Call) -> str:
        await together.wait()
        return "met"

    provider = ScriptedProvider(
        wants(*(("meet", f'{{"n": {n}}}') for n in range(3))), says("Done.")
    )

    events = await asking.answer(provider, tool("meet", meet))

    assert [call.result for call in ended(events)] == ["met"] * 3


async def test_calls_with_one_id_are_two_calls(asking: Asking):
    use = ToolUse("call_0", "echo", '{"text": "a"}')
    done = Completed("scripted", "tool_calls", 1, 1)
    provider = ScriptedProvider((use, use, done), (use, done), says("Done."))

    events = await asking.answer(provider, tool("echo", echo))

    assert [call.result for call in ended(events)] == ["heard a"] * 3
    assert [turn.tool_use_id for turn in provider.results] == ["call_0"] * 3
    assert completed(events).finish_reason == "stop"


async def test_tokens_read_and_written_are_summed_up(asking: Asking):
    provider = ScriptedProvider(
        (
            Usage(5),
            Reasoning("hm", 1),
            ToolUse("1", "echo", "{}"),
            Completed("scripted", "tool_calls", 5, 3, 1, 1),
        ),
        (Usage(9), Delta("ok", 1), Completed("scripted", "stop", 9, 2, 4, 2)),
    )

    events = await asking.answer(provider, tool("echo", echo))

    assert [event for event in events if isinstance(event, Usage)] == [
        Usage(5),
        Usage(5),
        Usage(14),
    ]
    assert completed(events) == Completed("scripted", "stop", 14, 5, 5, 3)


async def test_what_calls_of_tools_cost_is_told_before_the_tools_run(asking: Asking):
    def turn(*said: Delta | Reasoning, read: int, written: int) -> Script:
        use = ToolUse(f"call_{read}", "echo", f'{{"text": "{read}"}}')
        return (*said, use, Completed("scripted", "tool_calls", read, written))

    provider = ScriptedProvider(
        turn(read=100, written=30),
        turn(Reasoning("hm", 5), Delta("So.", 2), read=200, written=6),
        turn(Delta("Again.", 1), read=300, written=21),
        (Delta("Done.", 1), Completed("scripted", "stop", 400, 50)),
    )

    events = await asking.answer(provider, tool("echo", echo))

    told = [
        (use.input_tokens, rest.tokens, type(after))
        for use, rest, after in zip(events, events[1:], events[2:], strict=False)
        if isinstance(use, Usage) and isinstance(rest, Reasoning)
    ]
    # The second turn was told with a token too many, so the third tells one less.
    assert told == [
        (100, 30, ToolCalled),
        (300, 0, ToolCalled),
        (600, 19, ToolCalled),
    ]
    assert completed(events) == Completed("scripted", "stop", 1_000, 107)


async def test_what_a_provider_says_of_its_failure_reaches_the_reader(asking: Asking):
    provider = ScriptedProvider(wants(("echo", "{}")), (Delta("x", 1), ModelStalled()))
    echoes = tool("echo", echo)
    events = []

    async def read() -> None:
        agent = asking.agent(provider, echoes)
        async for event in agent.answer(asking.question(echoes), None):
            events.append(event)

    with pytest.raises(ModelStalled):
        await read()
    assert events[-1] == Delta("x", 1)


async def test_leaving_closes_the_provider_at_once(asking: Asking):
    provider = ScriptedProvider((Delta("x", 1), asyncio.Event()))
    echoes = tool("echo", echo)
    agent = asking.agent(provider, echoes)

    async with aclosing(agent.answer(asking.question(echoes), None)) as events:
        assert await anext(events) == Delta("x", 1)

    assert provider.closed == 1


async def test_leaving_ends_the_tool_that_runs(asking: Asking):
    running, left = asyncio.Event(), asyncio.Event()

    async def linger(call: Call) -> str:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        return "never"

    lingering = tool("linger", linger)
    agent = asking.agent(ScriptedProvider(wants(("linger", "{}"))), lingering)

    async with aclosing(agent.answer(asking.question(lingering), None)) as events:
        await anext(events)
        await running.wait()

    assert left.is_set()


async def test_a_stream_stays_alive_while_a_tool_runs(asking: Asking):
    go_on = asyncio.Event()

    async def wait(call: Call) -> str:
        await go_on.wait()
        return "at last"

    waiting = tool("wait", wait)
    agent = asking.agent(
        ScriptedProvider(wants(("wait", "{}")), says("Done.")),
        waiting,
        heartbeat_seconds=0.02,
    )
    events = []

    async for event in agent.answer(asking.question(waiting), None):
        events.append(event)
        if isinstance(event, Heartbeat) and calls_in(events):
            go_on.set()

    assert ended(events)[0].result == "at last"


async def test_a_tool_that_fails_is_the_models_to_deal_with(asking: Asking):
    async def fail(call: Call) -> str:
        raise CallFailed("no such page")

    async def crash(call: Call) -> str:
        raise ValueError("what the user wrote")

    provider = ScriptedProvider(wants(("fail", "{}"), ("crash", "{}")), says("Sorry."))

    events = await asking.answer(provider, tool("fail", fail), tool("crash", crash))

    assert {call.tool: (call.state, call.result) for call in ended(events)} == {
        "fail": ("failed", "no such page"),
        "crash": ("failed", "The tool failed."),
    }
    assert "no such page" in provider.results[0].text
    assert completed(events).finish_reason == "stop"


@pytest.mark.asvs("14.2.3")
async def test_nothing_is_sent_to_the_makers_of_the_machinery(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_API_KEY", "key")
    traced = []

    async def look(call: Call) -> str:
        traced.append(get_tracing_context()["enabled"])
        return "seen"

    await asking.answer(
        ScriptedProvider(wants(("look", "{}")), says("Done.")), tool("look", look)
    )

    assert traced == [False]


async def test_without_tools_the_provider_answers_alone(asking: Asking):
    provider = ScriptedProvider(says("Hello."))

    events = await asking.answer(provider)

    assert events == [Delta("Hello.", 1), Completed("scripted", "stop", 10, 1)]
    assert provider.asked[0].turns == asking.question().turns


async def test_nobody_who_answers_at_once_disturbs_the_others(asking: Asking):
    provider = ScriptedProvider(
        lambda question: (
            says("Done.")
            if question.turns[-1].role == "tool"
            else wants(("echo", f'{{"text": "{question.turns[-1].text}"}}'))
        )
    )
    agent = asking.agent(provider, echoes := tool("echo", echo))

    async def one(number: int) -> str:
        question = asking.question(echoes, text=str(number))
        events = [event async for event in agent.answer(question, None)]
        return ended(events)[0].result

    results = await asyncio.gather(*map(one, range(30)))

    assert results == [f"heard {number}" for number in range(30)]
