"""All guards together, before scripted models."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from uuid import uuid4

import aiohttp
import pytest
from redis.asyncio import Redis

from services.kit.errors import Overloaded
from services.llm.catalogue.factories import Making, made
from services.llm.catalogue.model import Catalogue, Endpoint, Entry
from services.llm.guards.composing import Limits, composed
from services.llm.guards.rulebook import Rulebook, shipped
from services.llm.guards.rules import Rules
from services.llm.model import Model, ModelBlocked, ModelUnavailable, Price
from services.llm.ports import Provider
from services.llm.providers.openai import client_session
from tests.doubles.openai_server import serving
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import ask, completed, question, sample, text_of

KEYS = {"KEY_1": "sk-1", "KEY_2": "sk-2"}
LITTLE = Limits(stall_seconds=2)
RULES = Rulebook(of_answers=Rules([shipped()["email"].rule("redact")]))
Compose = Callable[[Limits], Provider]


@pytest.fixture
async def other() -> AsyncIterator[Upstream]:
    async with serving(Script(tokens=("other",))) as upstream:
        yield upstream


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with client_session() as session:
        yield session


@pytest.fixture
def catalogue(upstream: Upstream, other: Upstream) -> Catalogue:
    names = (("main", upstream.url), ("spare", other.url))
    return Catalogue(
        endpoints=[
            Endpoint(
                name=f"{name}-{uuid4()}",
                type="openai_compatible",
                url=url,
                key_names=tuple(KEYS) if name == "main" else (),
                concurrency=2,
            )
            for name, url in names
        ],
        entries={},
        known={},
        default="main",
    )


@pytest.fixture
def guarding(
    catalogue: Catalogue, session: aiohttp.ClientSession, redis: Redis
) -> Compose:
    main, spare = catalogue.endpoints
    whole = replace(
        catalogue,
        entries={
            "main": Entry(
                model=Model("main", main.name, price=Price(1_000_000, 2_000_000)),
                upstream="scripted",
                fallback=("spare",),
            ),
            "alone": Entry(model=Model("alone", main.name), upstream="scripted"),
            "spare": Entry(model=Model("spare", spare.name), upstream="scripted"),
        },
    )
    return lambda limits: composed(
        whole,
        lambda endpoint, key: made(Making(session), endpoint, KEYS.get(key)),
        redis=redis,
        rules=RULES,
        limits=limits,
    )


@pytest.fixture
def guarded(guarding: Compose) -> Provider:
    """With limits that a busy machine keeps to."""
    return guarding(Limits())


async def test_an_answer_comes_through_all_of_them(
    guarded: Provider, upstream: Upstream
):
    events = await ask(guarded, question(model=""))

    assert text_of(events) == upstream.script.text
    assert completed(events).model == "main"
    assert completed(events).output_tokens == 20


async def test_both_keys_are_used(guarded: Provider, upstream: Upstream):
    for _ in range(4):
        await ask(guarded, question(model="main"))

    used = [each.headers["authorization"] for each in upstream.requests]
    assert sorted(used) == ["Bearer sk-1", "Bearer sk-1", "Bearer sk-2", "Bearer sk-2"]


async def test_another_model_stands_in_for_one_that_is_down_or_stalls(
    guarding: Compose, upstream: Upstream
):
    guarded = guarding(LITTLE)
    upstream.rescript(Script(status=503))
    down = await ask(guarded, question(model="main"))
    upstream.rescript(Script(stall_after=0))

    stalled = await ask(guarded, question(model="main"))

    assert [completed(events).model for events in (down, stalled)] == ["spare"] * 2
    assert text_of(stalled) == "other"


async def test_a_model_without_another_is_left_alone_while_it_is_down(
    guarded: Provider, upstream: Upstream
):
    upstream.rescript(Script(status=503))

    async with asyncio.timeout(20):
        for _ in range(40):
            with pytest.raises(ModelUnavailable):
                await ask(guarded, question(model="alone"))

    assert upstream.counts["asked"] <= 40 * 1.2


async def test_closing_an_answer_closes_the_connection_and_ends_its_turn(
    guarded: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(20), stall_after=5))
    for number in range(1, 7):  # more than may be asked at once
        async with aclosing(guarded.generate(question(model="alone"))) as events:
            await anext(events)
        await upstream.disconnected(number)

    upstream.release()
    events_of_all = await ask(guarded, question(model="alone"))

    assert text_of(events_of_all) == upstream.script.text


async def test_too_many_are_refused_before_anything_is_said(
    guarded: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(30), delay=0.02))
    user = uuid4()
    asking = [
        asyncio.create_task(ask(guarded, question(model="alone", user=user)))
        for _ in range(12)
    ]

    found = await asyncio.gather(*asking, return_exceptions=True)

    refused = [each for each in found if isinstance(each, Overloaded)]
    whole = [each for each in found if isinstance(each, list)]
    assert len(refused) + len(whole) == 12
    assert refused
    assert {text_of(events) for events in whole} == {upstream.script.text}


async def test_what_is_asked_again_comes_from_the_cache_by_the_rules_of_now(
    guarded: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=("Write to ada@", "example.org", ".")))
    asked = replace(question(model="", user=uuid4()), cached=True)
    first = await ask(guarded, asked)

    second = await ask(guarded, asked)

    assert text_of(first) == text_of(second) == "Write to [email]."
    assert (completed(first).cached, completed(second).cached) == (False, True)
    assert upstream.counts["asked"] == 1


async def test_a_question_that_is_blocked_is_not_even_looked_up(
    catalogue: Catalogue, session: aiohttp.ClientSession, upstream: Upstream
):
    book = Rulebook(of_questions=Rules([shipped()["api-key"].rule("block")]))
    provider = composed(
        catalogue,
        lambda endpoint, key: made(Making(session), endpoint, None),
        rules=book,
    )

    with pytest.raises(ModelBlocked):
        await ask(provider, question("My key is sk-" + "a" * 30))

    assert upstream.counts["asked"] == 0


async def test_each_request_on_the_wire_is_measured_and_each_answer_charged_once(
    guarded: Provider, catalogue: Catalogue, upstream: Upstream
):
    name = catalogue.endpoints[0].name
    charged = sample("llm_tokens_total", model="main", type="output")
    upstream.rescript(Script(status=500))
    asking = asyncio.create_task(ask(guarded, question(model="main")))
    await upstream.asked()
    upstream.rescript(Script(tokens=words(20)))

    await asking

    seconds = "gen_ai_client_operation_duration_seconds_count"
    labels = {
        "gen_ai_operation_name": "chat",
        "gen_ai_provider_name": name,
        "gen_ai_request_model": "scripted",
    }
    assert sample(seconds, **labels, error_type="MODEL_UNAVAILABLE") == 1
    assert sample(seconds, **labels, error_type="") == 1
    assert sample("llm_tokens_total", model="main", type="output") == charged + 20
    assert sample("llm_retries_total", provider=name) == 1


async def test_the_default_model_is_listed_first(guarded: Provider):
    models = await guarded.models()

    assert [each.id for each in models] == ["main", "alone", "spare"]
