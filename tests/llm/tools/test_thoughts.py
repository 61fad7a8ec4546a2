"""What a model thinks between its calls goes back to it, and to nobody else."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import aiohttp
import pytest
from redis.asyncio import Redis

from services.kit.redis import connect
from services.llm.catalogue.factories import Making, made
from services.llm.catalogue.model import Catalogue, Endpoint, Entry
from services.llm.generation.wire import to_response
from services.llm.guards.composing import composed
from services.llm.guards.rulebook import Rulebook, shipped
from services.llm.guards.rules import Rules
from services.llm.model import (
    Completed,
    Event,
    Model,
    Question,
    ToolUse,
    Turn,
    Verbatim,
)
from services.llm.ports import Provider
from services.llm.providers.endpoint import client_session
from services.llm.tools.bounds import LIMITS, Bounds, Limits
from services.llm.tools.model import Call, Tool
from tests.doubles.script import Call as Called
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.providers.protocols import KEY
from tests.llm.providers.thinking import THINKERS, Thinker, thoughts_in
from tests.llm.tools.conftest import Asking, completed, ended, tool
from tests.llm.tools.scripted import ScriptedProvider, says, wants

SIGNATURE = re.compile(r"[0-9a-f]{16}")
THOUGHTS = words(6)
THOUGHT = "".join(THOUGHTS)
CALLS = (Called("echo", '{"n": 1}'), Called("echo", '{"n": 2}'))
SCRIPT = Script(tokens=words(4), thoughts=THOUGHTS, calls=CALLS, rounds=2)
EMAILS = Rulebook(of_questions=Rules([shipped()["email"].rule("redact")]))
TYPES = {"chat": "openai_compatible", "responses": "openai_responses"}


async def echo(call: Call) -> str:
    return "heard"


# DeepSeek takes no calls without thoughts, as others do.
TOLERANT = [
    replace(each, model=each.model.replace("deepseek", "qwen")) for each in THINKERS
]


@pytest.fixture(params=TOLERANT, ids=lambda thinker: thinker.model)
def thinker(request: pytest.FixtureRequest) -> Thinker:
    """Each in turn."""
    found: Thinker = request.param
    return found


@pytest.fixture
async def main(thinker: Thinker) -> AsyncIterator[Upstream]:
    async with thinker.protocol.serving(SCRIPT) as upstream:
        yield upstream


@pytest.fixture
async def spare(thinker: Thinker) -> AsyncIterator[Upstream]:
    """Another model, which answers when the first does not."""
    async with thinker.protocol.serving(SCRIPT) as upstream:
        yield upstream


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with client_session() as session:
        yield session


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with connect(redis_url) as redis:
        yield redis


@pytest.fixture
def guarded(
    thinker: Thinker,
    main: Upstream,
    spare: Upstream,
    session: aiohttp.ClientSession,
    redis: Redis,
) -> Provider:
    """Both behind all guards; the second for when the first fails."""
    kind = TYPES.get(thinker.protocol.name, thinker.protocol.name)
    models = {"main": (main.url, thinker.model), "spare": (spare.url, "other")}
    endpoints = {
        name: Endpoint(
            name=f"{name}-{uuid4()}",
            type=kind,  # type: ignore[arg-type]  # it is one
            url=url,
            key_names=("ONE", "TWO"),
            concurrency=2,
            models=(upstream,),
        )
        for name, (url, upstream) in models.items()
    }
    entries = {
        name: Entry(
            model=Model(name, endpoints[name].name, capabilities=frozenset({"tools"})),
            upstream=upstream,
            fallback=("spare",) if name == "main" else (),
        )
        for name, (_, upstream) in models.items()
    }
    return composed(
        Catalogue(endpoints=[*endpoints.values()], entries=entries, known={}),
        lambda endpoint, key: made(Making(session), endpoint, KEY),
        redis=redis,
        rules=EMAILS,
    )


async def answer(
    asking: Asking,
    provider: Provider,
    thinker: Thinker,
    echoes: Tool,
    limits: Limits = LIMITS,
) -> list[Event]:
    """Return all events of an answer of the main model."""
    question = replace(
        asking.question(echoes), model="main", effort=thinker.effort, cached=True
    )
    agent = asking.agent(provider, echoes, limits=limits)
    return [event async for event in agent.answer(question, None)]


async def test_thoughts_go_back_through_all_guards_round_after_round(
    asking: Asking, guarded: Provider, thinker: Thinker, main: Upstream
):
    events = await answer(asking, guarded, thinker, tool("echo", echo))

    assert [thoughts_in(request.body) for request in main.requests] == [
        [],
        [THOUGHT],
        [THOUGHT, THOUGHT],
    ]
    assert len(ended(events)) == 4
    assert completed(events).finish_reason == "stop"


async def test_what_goes_back_reaches_no_user_no_cache_and_no_log(
    asking: Asking,
    guarded: Provider,
    thinker: Thinker,
    main: Upstream,
    redis: Redis,
    caplog: pytest.LogCaptureFixture,
):
    events = await answer(asking, guarded, thinker, tool("echo", echo))

    assert not any(isinstance(event, Verbatim) for event in events)
    shown = [to_response(asking.user_id, event) for event in events]
    cached = [await redis.get(key) for key in await redis.keys("llm:cache:*")]
    signatures = set(SIGNATURE.findall(str(main.requests[-1].body)))
    assert signatures
    assert not signatures & set(SIGNATURE.findall(f"{shown}{cached}{caplog.text}"))
    assert len(cached) == 1  # the answer, after all calls


async def test_a_model_that_stands_in_is_told_no_thoughts_of_another(
    asking: Asking, guarded: Provider, thinker: Thinker, main: Upstream, spare: Upstream
):
    async def fail(call: Call) -> str:
        main.rescript(Script(status=401))
        return "heard"

    events = await answer(asking, guarded, thinker, tool("echo", fail))

    assert thoughts_in(spare.requests[0].body) == []
    assert "echo" in str(spare.requests[0].body)
    assert completed(events).model == "spare"
    assert completed(events).finish_reason == "stop"


async def test_thoughts_do_not_go_back_without_all_calls_that_came_after_them(
    asking: Asking, guarded: Provider, thinker: Thinker, main: Upstream
):
    main.rescript(replace(SCRIPT, rounds=1))

    events = await answer(
        asking, guarded, thinker, tool("echo", echo), Limits(calls_in_turn=1)
    )

    assert len(ended(events)) == 1
    assert thoughts_in(main.requests[1].body) == []


async def test_thoughts_with_something_that_may_not_be_said_do_not_go_back(
    asking: Asking, guarded: Provider, thinker: Thinker, main: Upstream
):
    main.rescript(replace(SCRIPT, thoughts=("It is ", "ada@example.org", ", so.")))

    await answer(asking, guarded, thinker, tool("echo", echo))

    assert main.counts["asked"] == 3
    for request in main.requests:
        assert thoughts_in(request.body) == []
        assert "ada@example.org" not in str(request.body)


def written(size: int) -> Verbatim:
    """Write a call after thoughts of so many bytes."""
    use = ToolUse("1", "echo", "{}")
    return Verbatim("w", (b"x" * size,), text="", thoughts="Hm.", tool_uses=(use,))


async def test_a_model_gets_its_turn_back_as_it_was_written(asking: Asking):
    verbatim = written(10)
    provider = ScriptedProvider(
        (verbatim, *verbatim.tool_uses, Completed("scripted", "tool_calls", 1, 1)),
        wants(("echo", '{"n": 2}'), text="Once more."),
        says("Done."),
    )

    await asking.answer(provider, tool("echo", echo))

    said = [turn for turn in provider.asked[2].turns if turn.role == "assistant"]
    assert [turn.verbatim for turn in said] == [verbatim, None]
    assert said[0].written_by("w")
    assert said[1].text == "Once more."


async def test_thoughts_take_room_in_the_window(asking: Asking):
    offered = []
    for size in (1_000, 20_000):
        thought = (written(size), ToolUse("1", "echo", "{}"))
        provider = ScriptedProvider(
            (*thought, Completed("scripted", "tool_calls", 1, 1)), says("Done.")
        )
        await asking.answer(provider, tool("echo", echo), room=5_000)
        offered.append([len(question.tools) for question in provider.asked])

    assert offered == [[1, 1], [1, 0]]


def test_thoughts_that_do_not_go_back_take_none():
    bounds = Bounds(room=5_000)
    said = Turn("assistant", "", tool_uses=(), verbatim=written(20_000))
    before = bounds.room

    bounds.write(said)

    assert before - bounds.room < 1_000


async def test_who_has_no_user_is_offered_no_tools(asking: Asking):
    provider = ScriptedProvider(says("Hello."))
    echoes = tool("echo", echo)
    nobody: Question = replace(asking.question(echoes), user_id=None)

    async for _ in asking.agent(provider, echoes).answer(nobody, None):
        pass

    assert provider.asked[0].tools == ()
