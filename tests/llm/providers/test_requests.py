"""What each protocol is asked, to the letter."""

from dataclasses import replace

import aiohttp
import pytest

from services.llm.model import Effort, Question, ToolUse, Turn
from services.llm.providers.continuing import GO_ON
from tests.calls import everything
from tests.doubles.upstream import Received, Upstream
from tests.llm.providers import protocols
from tests.llm.providers.bodies import ADDRESSES, BODIES, FULL
from tests.llm.providers.protocols import Protocol
from tests.llm.providers.reading import QUESTION, TOOLS, answered


async def asked(
    protocol: Protocol,
    session: aiohttp.ClientSession,
    upstream: Upstream,
    question: Question,
) -> Received:
    """Ask, and return what came to be asked of the provider."""
    await everything(protocol.open(session, upstream.url).generate(question))
    return upstream.requests[-1]


async def test_all_of_a_question_is_said_in_the_protocols_words(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    request = await asked(protocol, session, upstream, FULL)

    assert request.body == BODIES[protocol.name]


async def test_it_is_said_at_the_protocols_address_with_the_operators_key(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    request = await asked(protocol, session, upstream, QUESTION)

    path, header, value = ADDRESSES[protocol.name]
    assert request.path == path
    assert request.headers[header] == value
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"


async def test_what_is_not_wanted_is_not_said(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    request = await asked(protocol, session, upstream, QUESTION)

    allowed = {"model", "messages", "input", "contents", "stream", "stream_options"}
    assert set(request.body) <= allowed | {"store", "max_tokens"}


async def test_an_answer_that_broke_off_goes_on_at_the_users_word(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    turns = (*QUESTION.turns, Turn("assistant", "It is "))

    request = await asked(protocol, session, upstream, replace(QUESTION, turns=turns))

    body = request.body
    *_, before, last = body.get("messages") or body.get("input") or body["contents"]
    assert before["role"] in ("assistant", "model")
    assert "It is " in str(before)
    assert last["role"] == "user"
    assert GO_ON.text in str(last)


@pytest.mark.asvs("1.2.2")
async def test_a_name_cannot_lead_elsewhere(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    question = replace(QUESTION, model="../x?y=1#z")

    request = await asked(protocol, session, upstream, question)

    assert request.path.endswith(ADDRESSES[protocol.name][0][-14:])


@pytest.mark.parametrize("protocol", [protocols.ANTHROPIC], ids=["anthropic"])
@pytest.mark.parametrize(
    ("model", "limit", "thinking", "max_tokens"),
    [
        ("claude-sonnet-4-5-20250929", 0, 8_192, 16_384),
        ("claude-opus-4-1", 4_000, 2_000, 4_000),
        ("claude-3-7-sonnet-20250219", 1_000, None, 1_000),
    ],
)
async def test_models_that_know_no_effort_think_for_a_number_of_tokens(
    protocol: Protocol,
    session: aiohttp.ClientSession,
    upstream: Upstream,
    model: str,
    limit: int,
    thinking: int | None,
    max_tokens: int,
):
    question = replace(QUESTION, model=model, effort="medium", max_output_tokens=limit)

    request = await asked(protocol, session, upstream, question)

    budget = request.body.get("thinking", {}).get("budget_tokens")
    assert (budget, request.body["max_tokens"]) == (thinking, max_tokens)
    assert "output_config" not in request.body


@pytest.mark.parametrize("protocol", [protocols.ANTHROPIC], ids=["anthropic"])
@pytest.mark.parametrize(
    ("model", "limit", "thinking", "max_tokens"),
    [
        ("claude-opus-5", 0, "adaptive", 32_000),
        ("claude-haiku-5-5-20261021", 500, "adaptive", 500),
        ("claude-opus-4-8", 0, None, 8_192),
        ("claude-haiku-4-5", 0, None, 8_192),
    ],
)
async def test_models_that_think_unasked_show_it_and_have_room_for_it(
    protocol: Protocol,
    session: aiohttp.ClientSession,
    upstream: Upstream,
    model: str,
    limit: int,
    thinking: str | None,
    max_tokens: int,
):
    question = replace(QUESTION, model=model, max_output_tokens=limit)

    request = await asked(protocol, session, upstream, question)

    said = request.body.get("thinking", {}).get("type")
    assert (said, request.body["max_tokens"]) == (thinking, max_tokens)
    assert "output_config" not in request.body


@pytest.mark.parametrize("protocol", [protocols.ANTHROPIC], ids=["anthropic"])
async def test_models_with_a_budget_do_not_think_between_calls_of_tools(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    turns = answered([ToolUse("c1", "weather", "{}")])
    question = replace(QUESTION, model="claude-sonnet-4-5", effort="high", turns=turns)

    request = await asked(protocol, session, upstream, question)

    assert "thinking" not in request.body


@pytest.mark.parametrize("protocol", [protocols.GEMINI], ids=["gemini"])
async def test_gemini_before_3_thinks_for_a_number_of_tokens(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    question = replace(FULL, model="gemini-2.5-pro")

    request = await asked(protocol, session, upstream, question)

    thinking = request.body["generationConfig"]["thinkingConfig"]
    assert thinking == {"includeThoughts": True, "thinkingBudget": 1_024}
    assert "thoughtSignature" not in str(request.body)


@pytest.mark.parametrize("protocol", [protocols.RESPONSES], ids=["responses"])
@pytest.mark.parametrize(
    ("model", "effort", "tools", "asked_for"),
    [
        ("gpt-6-luna", None, True, True),
        ("o4-mini", None, True, True),
        ("openai/gpt-5.2", None, True, True),
        ("our-deployment", "low", True, True),
        ("our-deployment", None, True, False),
        ("gpt-4.1", None, True, False),
        ("gpt-5-chat-latest", None, True, False),
        ("gpt-6-luna", None, False, False),  # nothing will want them back
    ],
)
async def test_openai_is_asked_for_thoughts_where_a_model_has_some(
    protocol: Protocol,
    session: aiohttp.ClientSession,
    upstream: Upstream,
    model: str,
    effort: Effort | None,
    tools: bool,
    asked_for: bool,
):
    question = replace(TOOLS if tools else QUESTION, model=model, effort=effort)

    request = await asked(protocol, session, upstream, question)

    assert ("include" in request.body) is asked_for
