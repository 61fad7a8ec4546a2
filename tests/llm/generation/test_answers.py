"""How an answer comes about, seen at the model that is asked."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

import pytest

from services.llm.generation.answers import Answers
from services.llm.generation.ports import Brief
from services.llm.model import (
    Capability,
    Completed,
    Delta,
    Model,
    ModelUnavailable,
    ProviderEvent,
    Question,
    ToolCalled,
    ToolSpec,
    Turn,
    Usage,
)
from services.llm.providers.openai import OpenAiProvider
from services.llm.wanted import Options, Wanted
from tests.calls import everything
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.generation.conftest import Known
from tests.llm.generation.parts import ME, Desk, Toolbox, said

VERSION = "users/u/prompts/p/versions/3"
CALCULATOR = ToolSpec("calculator", "Calculates.", {"type": "object"})


async def test_a_plain_question_reaches_the_model_as_it_is(
    answers: Answers, upstream: Upstream
):
    turns = (Turn("system", "Be brief."), *said("Hi", "Hello", "Who?"))

    events = await everything(answers.generate(Wanted(user_id=ME, turns=turns)))

    assert upstream.requests[-1].body["messages"] == [
        {"role": turn.role, "content": turn.text} for turn in turns
    ]
    assert isinstance(events[0], Usage)
    assert "".join(e.text for e in events if isinstance(e, Delta)) == (
        upstream.script.text
    )
    assert isinstance(events[-1], Completed)


async def test_what_is_read_is_known_before_the_model_is_asked(
    answers: Answers, upstream: Upstream
):
    wanted = Wanted(user_id=ME, turns=said("word" * 10))

    async with aclosing(answers.generate(wanted)) as events:
        first = await anext(events)

    assert first == Usage(14, "scripted")
    assert upstream.counts["asked"] == 0


async def test_instructions_and_memories_come_before_what_the_caller_instructs(
    provider: OpenAiProvider, upstream: Upstream
):
    brief = Brief(instructions="Be a pirate.", memories=["Has a\nparrot.", "Is 7."])
    turns = (Turn("system", "Be brief."), *said("Hi"))
    answers = Answers(provider, briefs=Desk(brief))

    await everything(answers.generate(Wanted(user_id=ME, turns=turns)))

    system, user = upstream.requests[-1].body["messages"]
    assert user == {"role": "user", "content": "Hi"}
    assert system["role"] == "system"
    assert system["content"].startswith("Be a pirate.\n\n")
    assert system["content"].endswith("\n- Has a parrot.\n- Is 7.\n\nBe brief.")


async def test_the_version_that_gave_the_instructions_is_named_at_the_end(
    provider: OpenAiProvider,
):
    answers = Answers(provider, briefs=Desk(Brief(prompt_version=VERSION)))

    events = await everything(answers.generate(Wanted(user_id=ME, turns=said("Hi"))))

    assert isinstance(events[-1], Completed)
    assert events[-1].prompt_version == VERSION
    assert events[-1].output_tokens == 20


async def test_the_brief_decides_on_model_and_temperature(known: Known):
    catalogue = known()
    desk = Desk(Brief(model="scripted-1x0ms", temperature=0.3))
    answers = Answers(catalogue, briefs=desk)
    wanted = Wanted(
        user_id=ME,
        turns=said("Hi"),
        max_output_tokens=9,
        options=Options(effort="high", cached=True),
    )

    await everything(answers.generate(wanted))

    assert catalogue.questions == [
        Question(
            "scripted-1x0ms",
            wanted.turns,
            max_output_tokens=9,
            temperature=0.3,
            effort="high",
            cached=True,
            user_id=ME,
        )
    ]


async def test_a_model_that_calls_tools_is_offered_them(
    known: Known, upstream: Upstream
):
    toolbox = Toolbox([CALCULATOR])
    answers = Answers(known("tools"), agent=toolbox)

    options = Options(tools=(CALCULATOR.name,))
    wanted = Wanted(user_id=ME, turns=said("2+2?"), options=options)

    events = await everything(answers.generate(wanted))

    assert [type(event) for event in events] == [Usage, ToolCalled, Completed]
    assert toolbox.questions[0].tools == (CALCULATOR,)
    assert upstream.counts["asked"] == 0


@pytest.mark.parametrize(
    ("capabilities", "tools"), [((), [CALCULATOR]), (("tools",), [])]
)
async def test_without_tools_nobody_stands_before_the_model(
    known: Known,
    upstream: Upstream,
    capabilities: Sequence[Capability],
    tools: Sequence[ToolSpec],
):
    toolbox = Toolbox(tools)
    answers = Answers(known(*capabilities), agent=toolbox)

    await everything(answers.generate(Wanted(user_id=ME, turns=said("2+2?"))))

    assert toolbox.questions == []
    assert upstream.counts["asked"] == 1


async def test_leaving_closes_the_connection_to_the_model(
    answers: Answers, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(5), stall_after=2))
    events = answers.generate(Wanted(user_id=ME, turns=said("Hi")))
    await anext(events)
    await anext(events)

    await events.aclose()

    await upstream.disconnected()


class Unlisted:
    """A provider that answers, but cannot say which models it has."""

    async def models(self) -> Sequence[Model]:
        raise ModelUnavailable

    async def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        yield Completed(question.model, "stop")


async def test_a_provider_that_cannot_list_its_models_is_asked_all_the_same():
    answers = Answers(Unlisted())
    wanted = Wanted(user_id=ME, turns=said("Hi"), model="m")

    events = await everything(answers.generate(wanted))

    assert events == [Usage(5, "m"), Completed("m", "stop")]


async def test_the_same_events_come_out_as_go_in(provider: OpenAiProvider):
    wanted = Wanted(user_id=ME, turns=said("Hi"), model="scripted-50x0ms")
    question = Question("scripted-50x0ms", wanted.turns, user_id=ME)

    through = await everything(Answers(provider).generate(wanted))
    bare = await everything(provider.generate(question))

    assert joined(through[1:]) == joined(bare)


def joined(events: Sequence[object]) -> tuple[str, object]:
    """Return the whole text, and the end, however it came in pieces."""
    text = "".join(event.text for event in events if isinstance(event, Delta))
    end = events[-1]
    assert isinstance(end, Completed)
    return text, replace(end)
