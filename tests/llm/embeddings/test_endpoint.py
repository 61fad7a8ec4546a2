"""An endpoint of embeddings, and all the ways in which it can fail."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from services.llm.embeddings.endpoint import EmbeddingEndpoint
from services.llm.embeddings.model import EmbeddingUnavailable
from tests.doubles.embeddings import vector
from tests.doubles.openai_server import serving
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream

KEY = "sk-of-the-operator"
Answering = Callable[[Any], AbstractAsyncContextManager[str]]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def played() -> AsyncIterator[Upstream]:
    """A server that embeds."""
    async with serving() as upstream:
        yield upstream


@pytest.fixture
def endpoint(session: aiohttp.ClientSession, played: Upstream) -> EmbeddingEndpoint:
    """That server, as an endpoint."""
    return EmbeddingEndpoint(session, url=f"{played.url}/", model="played", key=KEY)


@pytest.fixture
def answering() -> Answering:
    """Serve one answer, whatever is asked."""

    @asynccontextmanager
    async def answering(answer: Any) -> AsyncIterator[str]:
        async def respond(_: web.Request) -> web.Response:
            if isinstance(answer, bytes):
                return web.Response(body=answer)
            return web.json_response(answer)

        app = web.Application()
        app.router.add_post("/embeddings", respond)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    return answering


async def test_texts_become_vectors_in_their_order(
    endpoint: EmbeddingEndpoint, played: Upstream
):
    texts = [f"text number {number}" for number in range(200)]

    found = await endpoint.embedded(texts)

    assert found.vectors == [vector(text, 64) for text in texts]
    assert (found.model, found.input_tokens) == ("played", 600)
    assert {len(each.body["input"]) for each in played.requests} == {32, 8}
    assert {each.headers["authorization"] for each in played.requests} == {
        f"Bearer {KEY}"
    }


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_may_pass_is_tried_once_more(
    endpoint: EmbeddingEndpoint, played: Upstream, status: int
):
    played.rescript(Script(status=status, retry_after=0))

    with pytest.raises(EmbeddingUnavailable):
        await endpoint.embed(["a text"])

    assert played.counts["asked"] == 2


async def test_an_endpoint_that_recovers_has_answered(
    endpoint: EmbeddingEndpoint, played: Upstream
):
    played.rescript(Script(status=503, retry_after=1))

    embedding = asyncio.create_task(endpoint.embed(["a text"]))
    await played.asked()
    played.rescript(Script())
    vectors = await embedding

    assert len(vectors) == 1


@pytest.mark.parametrize(
    "script",
    [
        Script(status=400),
        Script(status=401),
        Script(status=404),
        Script(status=429, retry_after=3600),
    ],
)
async def test_what_will_not_pass_is_not_tried_again(
    endpoint: EmbeddingEndpoint, played: Upstream, script: Script
):
    played.rescript(script)

    with pytest.raises(EmbeddingUnavailable):
        await endpoint.embed(["a text"])

    assert played.counts["asked"] == 1


async def test_an_endpoint_that_is_away_is_unavailable(
    session: aiohttp.ClientSession,
):
    endpoint = EmbeddingEndpoint(session, url="http://127.0.0.1:1", model="m")

    with pytest.raises(EmbeddingUnavailable):
        await endpoint.embed(["a text"])


@pytest.mark.parametrize(
    "answer",
    [
        b"no JSON",
        {"data": []},
        {"data": [{"index": 0, "embedding": [1.0]}]},
        {"data": [{"index": n, "embedding": []} for n in (0, 1)]},
        {"data": [{"index": 0, "embedding": [1.0]} for _ in (0, 1)]},
        {"data": [{"index": n, "embedding": [1.0] * (n + 1)} for n in (0, 1)]},
        {"data": [{"index": n, "embedding": ["one"]} for n in (0, 1)]},
        {"data": [{"index": n, "embedding": [float("inf")]} for n in (0, 1)]},
        b'{"data": "' + b"x" * 33 * 1024 * 1024 + b'"}',
    ],
    ids=lambda answer: str(answer)[:60],
)
async def test_an_answer_that_is_not_one_is_refused(
    session: aiohttp.ClientSession, answering: Answering, answer: Any
):
    async with answering(answer) as url:
        endpoint = EmbeddingEndpoint(session, url=url, model="m")

        with pytest.raises(EmbeddingUnavailable):
            await endpoint.embed(["one", "two"])
