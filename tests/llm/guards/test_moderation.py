"""Questions and answers as the rules of a deployment allow them."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from services.llm.guards.moderation import Moderation
from services.llm.guards.rulebook import NONE, shipped
from services.llm.guards.rules import Action, Rules
from services.llm.model import (
    Completed,
    Delta,
    ModelBlocked,
    ProviderEvent,
    Question,
    Reasoning,
    ToolUse,
    Turn,
    Verbatim,
)
from services.llm.ports import Provider
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import (
    USE,
    WRITTEN,
    Playing,
    after_calls,
    ask,
    question,
    sample,
    saying,
    text_of,
)

CARD = "4111 1111 1111 1111"


def rules(action: Action, *names: str) -> Rules:
    chosen = names or ("credit-card",)
    return Rules([shipped()[name].rule(action) for name in chosen])


def before(
    provider: Provider,
    *,
    questions: Rules = NONE,
    answers: Rules = NONE,
) -> Moderation:
    return Moderation(provider, of_questions=questions, of_answers=answers)


async def test_a_question_that_is_blocked_reaches_nobody(
    provider: Provider, upstream: Upstream
):
    guarded = before(provider, questions=rules("block"))

    with pytest.raises(ModelBlocked):
        await ask(guarded, question(f"Mine is {CARD}"))

    assert upstream.counts["asked"] == 0


async def test_a_question_is_redacted_before_it_is_asked(
    provider: Provider, upstream: Upstream
):
    guarded = before(provider, questions=rules("redact"))

    await ask(guarded, question(f"Mine is {CARD}, and?"))

    (message,) = upstream.requests[-1].body["messages"]
    assert message["content"] == "Mine is [credit-card], and?"


async def test_what_was_blocked_once_does_not_block_the_conversation_for_ever(
    provider: Provider, upstream: Upstream
):
    guarded = before(provider, questions=rules("block"))
    turns = (Turn("user", f"Mine is {CARD}, valid to 12/30"), Turn("user", "Hello?"))

    await ask(guarded, Question("m", turns))

    asked = [each["content"] for each in upstream.requests[-1].body["messages"]]
    assert asked == ["[blocked]", "Hello?"]


async def test_an_answer_is_redacted_across_its_tokens(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(
        Script(tokens=("It is 41", "11 1111", " 1111 11", "11", ", ok"), delay=0.01)
    )
    guarded = before(provider, answers=rules("redact"))

    events = await ask(guarded)

    assert text_of(events) == "It is [credit-card], ok"
    assert sum(each.tokens for each in events if isinstance(each, Delta)) == 5


async def test_an_answer_is_blocked_before_what_must_not_be_shown(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(
        Script(tokens=("It is ", *CARD.split(" ")[0], CARD[4:], " ok."), delay=0.01)
    )
    guarded = before(provider, answers=rules("block"))
    shown: list[ProviderEvent] = []

    with pytest.raises(ModelBlocked):
        await into(shown, guarded)

    assert "41" not in text_of(shown)
    assert upstream.counts["asked"] == 1


async def into(shown: list[ProviderEvent], provider: Provider) -> None:
    async for event in provider.generate(question()):
        shown.append(event)


async def test_what_is_held_back_comes_before_the_end_and_before_tools():
    said: tuple[ProviderEvent, ...] = (
        Reasoning("Thinking of 4111", 3),
        Delta("Look at 12", 2),
        ToolUse("1", "t", f'{{"card": "{CARD}"}}'),
        Completed("m", "tool_calls"),
    )

    events = await ask(before(saying(*said), answers=rules("redact")))

    texts = [each for each in events if isinstance(each, Reasoning)]
    assert "".join(each.text for each in texts) == "Thinking of 4111"
    assert text_of(events) == "Look at 12"
    assert events[-2:] == [ToolUse("1", "t", '{"card": "[credit-card]"}'), said[-1]]
    assert sum(each.tokens for each in texts) == 3


async def test_what_was_found_is_counted_by_rule_and_never_told(
    provider: Provider, upstream: Upstream
):
    labels = {"rule": "email", "action": "redact", "where": "question"}
    found = sample("llm_moderated_total", **labels)
    guarded = before(provider, questions=rules("redact", "email"))

    await ask(guarded, question("I am ada@example.org, or ada@example.com"))

    assert sample("llm_moderated_total", **labels) == found + 2


@pytest.mark.parametrize("action", ["redact", "block"])
@pytest.mark.parametrize("where", ["thoughts", "text", "arguments", "nowhere"])
async def test_what_a_model_wrote_goes_back_as_it_was_only_if_nothing_is_in_it(
    where: str, action: Action
):
    said: dict[str, dict[str, Any]] = {
        "thoughts": {"thoughts": f"It is {CARD}, so."},
        "text": {"text": f"It is {CARD}, so."},
        "arguments": {"tool_uses": (replace(USE, arguments=f'{{"n": "{CARD}"}}'),)},
        "nowhere": {},
    }
    asked: list[Question] = []
    guarded = before(listening(asked), questions=rules(action))

    await ask(guarded, after_calls(replace(WRITTEN, **said[where])))

    (_, turn, _) = asked[0].turns
    assert (turn.verbatim is not None) is (where == "nowhere")
    redacted = {"redact": "It is [credit-card], so.", "block": "[blocked]"}
    assert turn.text == (redacted[action] if where == "text" else "So.")


def listening(asked: list[Question]) -> Playing:
    async def play(question: Question) -> AsyncGenerator[ProviderEvent]:
        asked.append(question)
        yield Completed("m", "stop")

    return Playing(play)


@pytest.mark.parametrize("kind", [Delta, Reasoning])
@pytest.mark.parametrize("found", [True, False])
async def test_what_was_redacted_for_the_user_does_not_go_back_to_the_model(
    kind: type[Delta | Reasoning], found: bool
):
    said = (
        kind(f"It is {CARD if found else 'secret'}", 3),
        WRITTEN,
        USE,
        Completed("m", "tool_calls"),
    )

    events = await ask(before(saying(*said), answers=rules("redact")))

    kinds = [type(event) for event in events]
    assert (Verbatim in kinds) is not found
    # What was held back comes before it.
    assert kinds[-3:] == [kind if found else Verbatim, ToolUse, Completed]
