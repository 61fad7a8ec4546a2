"""Another model answers where the one that was asked for does not."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from services.llm.catalogue.model import Catalogue, Endpoint, Entry
from services.llm.catalogue.routed import Routed
from services.llm.guards.fallback import Fallback
from services.llm.model import (
    Image,
    Model,
    ModelProtocol,
    ModelRejected,
    ModelUnavailable,
    ProviderEvent,
    Question,
    Turn,
)
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import (
    WRITTEN,
    Playing,
    ask,
    completed,
    question,
    text_of,
)
from tests.llm.guards.conftest import model

WELL = Script(tokens=words(20))


def catalogue(fallback: Sequence[str]) -> Catalogue:
    names = ("first", "second", "third")
    return Catalogue(
        endpoints=[
            Endpoint(name=name, type="openai_compatible", concurrency=1)
            for name in names
        ],
        entries={
            name: Entry(
                model=Model(
                    name,
                    name,
                    capabilities=frozenset({"vision"} if name == "third" else ()),
                ),
                upstream=f"upstream-{name}",
                fallback=fallback if name == "first" else (),
            )
            for name in names
        },
        known={},
        default="first",
    )


@pytest.fixture
async def opened() -> AsyncIterator[tuple[Fallback, list[Upstream]]]:
    async with AsyncExitStack() as stack:
        found = [await stack.enter_async_context(model(WELL)) for _ in range(3)]
        known = catalogue(("second", "third"))
        names = [endpoint.name for endpoint in known.endpoints]
        providers = {
            name: provider for name, (provider, _) in zip(names, found, strict=True)
        }
        fallback = Fallback(Routed(known, providers), known.others)
        yield fallback, [upstream for _, upstream in found]


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_another_model_answers_and_it_is_said_which(
    opened: tuple[Fallback, list[Upstream]], status: int
):
    fallback, (first, second, third) = opened
    first.rescript(Script(status=status))

    events = await ask(fallback, question(model="first"))

    assert text_of(events) == WELL.text
    assert completed(events).model == "second"
    assert second.requests[-1].body["model"] == "upstream-second"
    assert third.counts["asked"] == 0


async def test_the_default_model_has_others_too(
    opened: tuple[Fallback, list[Upstream]],
):
    fallback, (first, second, _) = opened
    for upstream in (first, second):
        upstream.rescript(Script(status=503))

    events = await ask(fallback, question(model=""))

    assert completed(events).model == "third"


async def test_when_none_answers_the_last_says_why(
    opened: tuple[Fallback, list[Upstream]],
):
    fallback, upstreams = opened
    for upstream in upstreams:
        upstream.rescript(Script(status=500))

    with pytest.raises(ModelUnavailable):
        await ask(fallback, question(model="first"))

    assert [upstream.counts["asked"] for upstream in upstreams] == [1, 1, 1]


@pytest.mark.parametrize(
    ("script", "error"),
    [(Script(cut_after=3), ModelProtocol), (Script(status=400), ModelRejected)],
)
async def test_what_has_begun_or_is_the_callers_fault_is_not_put_to_another(
    opened: tuple[Fallback, list[Upstream]], script: Script, error: type[Exception]
):
    fallback, (first, second, _) = opened
    first.rescript(script)

    with pytest.raises(error):
        await ask(fallback, question(model="first"))

    assert second.counts["asked"] == 0


async def test_only_a_model_that_can_see_is_shown_images(
    opened: tuple[Fallback, list[Upstream]],
):
    fallback, (first, second, _) = opened
    first.rescript(Script(status=500))
    seen = Turn("user", "What is it?", images=(Image("image/png", b"1"),))

    events = await ask(fallback, replace(question(model="first"), turns=(seen,)))

    assert completed(events).model == "third"
    assert second.counts["asked"] == 0


async def test_cancelling_closes_the_connection_of_whoever_answers(
    opened: tuple[Fallback, list[Upstream]],
):
    fallback, (first, second, _) = opened
    first.rescript(Script(status=500))
    second.rescript(Script(stall_after=3))
    asking = asyncio.create_task(ask(fallback, question(model="first")))
    await second.stalled()

    asking.cancel()

    await second.disconnected()


async def test_who_has_written_its_calls_is_not_replaced():
    asked: list[str] = []

    async def write(question: Question) -> AsyncGenerator[ProviderEvent]:
        asked.append(question.model)
        yield WRITTEN
        raise ModelUnavailable

    fallback = Fallback(Playing(write), lambda question: ("other",))

    with pytest.raises(ModelUnavailable):
        await ask(fallback, question(model="first"))

    assert asked == ["first"]
