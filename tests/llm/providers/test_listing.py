"""Which models there are, as each protocol says."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from services.llm.model import Model, ModelUnavailable
from services.llm.providers.azure import AzureProvider
from services.llm.providers.openai import OpenAiProvider
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream
from tests.llm.providers import protocols
from tests.llm.providers.pages import replying
from tests.llm.providers.protocols import Protocol

LISTED = {
    "chat": [
        Model("scripted", "openai"),
        Model("scripted-200x0ms", "openai"),
        Model("scripted-200x20ms", "openai"),
    ],
    "azure": [Model("other", "azure")],
    "anthropic": [
        Model(
            "scripted",
            "anthropic",
            "Scripted",
            window=200_000,
            max_output=64_000,
            capabilities=frozenset({"vision", "tools", "json_schema", "reasoning"}),
        )
    ],
    "gemini": [
        Model("scripted", "gemini", "Scripted", window=1_048_576, max_output=65_536)
    ],
}
LISTED["responses"] = LISTED["chat"]


async def test_the_provider_lists_its_models(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    provider = protocol.open(session, upstream.url, model=None)

    assert list(await provider.models()) == LISTED[protocol.name]


async def test_the_default_comes_first(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    provider = protocol.open(session, upstream.url, model="mine")

    first, *others = await provider.models()

    assert first.id == "mine"
    assert others == LISTED[protocol.name]


@pytest.fixture
async def chat() -> AsyncIterator[Upstream]:
    """OpenAI's endpoint."""
    async with protocols.CHAT.serving(Script()) as upstream:
        yield upstream


async def test_models_that_are_given_are_all_that_there_are(
    session: aiohttp.ClientSession, chat: Upstream
):
    provider = OpenAiProvider(
        session, url=chat.url, name="openai", models=("a", "b"), model="b"
    )

    assert [model.id for model in await provider.models()] == ["b", "a"]


@pytest.mark.parametrize(
    "page", [b"<html>", b'{"data": 7}', b'{"data": []}', b"[" * 10 * 1024 * 1024]
)
async def test_what_is_no_list_names_no_model(
    session: aiohttp.ClientSession, page: bytes
):
    async with replying(lambda _: web.Response(body=page)) as url:
        provider = OpenAiProvider(session, url=url, name="openai")

        with pytest.raises(ModelUnavailable):
            await provider.models()


@pytest.mark.parametrize(
    "protocol",
    [protocol for protocol in protocols.PROTOCOLS if protocol.name != "azure"],
    ids=lambda protocol: protocol.name,
)
async def test_nobody_at_the_address_names_no_model(
    protocol: Protocol, session: aiohttp.ClientSession
):
    provider = protocol.open(session, "http://127.0.0.1:9", model=None)

    with pytest.raises(ModelUnavailable):
        await provider.models()


async def test_deployments_are_the_models_of_azure(session: aiohttp.ClientSession):
    provider = AzureProvider(session, url="http://127.0.0.1:9", key="k", models=("d",))

    assert list(await provider.models()) == [Model("d", "azure")]
