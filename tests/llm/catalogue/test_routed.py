"""Which provider is asked for a model, and which models there are."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest

from services.llm.catalogue.environment import Environment, catalogue_of
from services.llm.catalogue.model import Catalogue, Endpoint, Entry, Type
from services.llm.catalogue.routed import Routed
from services.llm.model import Model, ModelNotFound, ModelUnavailable
from services.llm.providers.openai import OpenAiProvider, client_session
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import ask, completed, question, text_of
from tests.llm.guards.conftest import model
from tests.llm.test_providers import NOWHERE

TYPES: tuple[Type, ...] = ("openai", "anthropic", "openai_compatible")


@dataclass
class Three:
    """Three providers: the first runs `a` and `b`; the others have what they list."""

    routed: Routed
    catalogue: Catalogue
    providers: dict[str, OpenAiProvider]
    upstreams: list[Upstream]

    def asked(self) -> list[str]:
        """Say which model each was asked for last."""
        return [
            each.requests[-1].body["model"] if each.counts["asked"] else ""
            for each in self.upstreams
        ]


@pytest.fixture
async def three() -> AsyncIterator[Three]:
    async with AsyncExitStack() as stack:
        script = Script(tokens=words(5))
        found = [await stack.enter_async_context(model(script)) for _ in TYPES]
        catalogue = Catalogue(
            endpoints=[Endpoint(name=t, type=t, concurrency=1) for t in TYPES],
            entries={
                name: Entry(
                    model=Model(name, "openai", window=1_000), upstream=f"{name}-1"
                )
                for name in ("a", "b")
            },
            known={},
            default="b",
        )
        providers = {
            name: provider for name, (provider, _) in zip(TYPES, found, strict=True)
        }
        yield Three(
            Routed(catalogue, providers),  # type: ignore[arg-type]  # they are providers
            catalogue,
            providers,  # type: ignore[arg-type]  # by name
            [upstream for _, upstream in found],
        )


async def test_a_model_is_asked_for_under_its_providers_name_for_it(three: Three):
    events = await ask(three.routed, question(model="a"))

    assert text_of(events) == "".join(words(5))
    assert completed(events).model == "a"
    assert three.asked() == ["a-1", "", ""]


async def test_who_names_no_model_gets_the_default(three: Three):
    events = await ask(three.routed, question(model=""))

    assert completed(events).model == "b"
    assert three.asked() == ["b-1", "", ""]


async def test_a_model_that_a_provider_lists_is_asked_for_there(three: Three):
    await ask(three.routed, question(model="scripted-200x0ms"))

    assert three.asked() == ["", "scripted-200x0ms", ""]


async def test_a_model_that_nobody_lists_is_asked_for_at_its_maker(three: Three):
    await ask(three.routed, question(model="claude-next"))
    await ask(three.routed, question(model="scripted"))

    assert three.asked() == ["", "scripted", ""]


async def test_openais_models_are_asked_for_at_openai_whatever_is_spoken_there(
    upstream: Upstream,
):
    environment = Environment(
        has_openai=True, has_anthropic=True, model="claude-x", concurrency=1
    )
    async with client_session() as session:
        openai = OpenAiProvider(session, url=upstream.url, name="openai")
        away = OpenAiProvider(session, url=NOWHERE, name="anthropic")
        routed = Routed(
            catalogue_of(environment), {"openai": openai, "anthropic": away}
        )

        await ask(routed, question(model="gpt-5.4"))

    assert upstream.requests[-1].body["model"] == "gpt-5.4"


async def test_a_model_that_nobody_has_is_not_found_by_the_name_that_was_asked_for(
    three: Three,
):
    three.upstreams[0].rescript(Script(status=404))
    only = replace(three.catalogue, endpoints=three.catalogue.endpoints[:1])

    for name in ("a", "none"):
        with pytest.raises(ModelNotFound) as caught:
            await ask(Routed(only, three.providers), question(model=name))
        assert caught.value.metadata == {"model": name}


async def test_all_models_are_listed_the_default_first(three: Three):
    models = await three.routed.models()

    assert [each.id for each in models] == [
        "b",
        "a",
        "scripted",
        "scripted-200x0ms",
        "scripted-200x20ms",
    ]
    assert models[0].window == 1_000
    assert models[2].provider == "anthropic"


async def test_a_provider_that_is_away_hides_only_its_own_models(three: Three):
    async with client_session() as session:
        away = OpenAiProvider(session, url=NOWHERE, name="openai")
        providers = {**three.providers, "anthropic": away, "openai_compatible": away}

        models = await Routed(three.catalogue, providers).models()

    assert [each.id for each in models] == ["b", "a"]


async def test_without_any_model_the_models_are_unavailable(three: Three):
    bare = replace(three.catalogue, entries={}, default="")
    async with client_session() as session:
        away = OpenAiProvider(session, url=NOWHERE, name="openai")
        routed = Routed(bare, dict.fromkeys(TYPES, away))

        with pytest.raises(ModelUnavailable):
            await routed.models()
