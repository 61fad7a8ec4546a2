"""EmbedTexts: what it gives, and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import uuid4

import aiohttp
import grpc
import pytest

from parley.llm.v1 import embedding_service_pb2 as pb
from parley.llm.v1 import embedding_service_pb2_grpc as pb_grpc
from services.kit.interceptors import bearer
from services.kit.server import serving
from services.llm.embeddings.endpoint import EmbeddingEndpoint
from services.llm.embeddings.ports import Embeddings
from services.llm.embeddings.servicer import EmbeddingServicer
from services.llm.metering.meter import Meter
from services.llm.metering.ports import Holds
from tests.calls import refusal
from tests.doubles.embeddings import vector
from tests.doubles.openai_server import serving as playing
from tests.doubles.script import Script
from tests.identity import Identity, bearing
from tests.serving import ANY_PORT, channel_to


@asynccontextmanager
async def embedding(
    embeddings: Embeddings | None, identity: Identity, holds: Holds | None = None
) -> AsyncIterator[pb_grpc.EmbeddingServiceAsyncStub]:
    """Serve embeddings, and yield a way to them."""
    async with (
        serving(
            partial(
                pb_grpc.add_EmbeddingServiceServicer_to_server,
                EmbeddingServicer(embeddings, Meter(holds)),
            ),
            services=("parley.llm.v1.EmbeddingService",),
            address=ANY_PORT,
            authenticate=bearer(identity.verifier()),
            drain_seconds=0,
            max_request_bytes=64 * 1024 * 1024,
        ) as port,
        channel_to(f"127.0.0.1:{port}") as channel,
    ):
        yield pb_grpc.EmbeddingServiceStub(channel)


@asynccontextmanager
async def played(
    identity: Identity, script: Script, holds: Holds | None = None
) -> AsyncIterator[pb_grpc.EmbeddingServiceAsyncStub]:
    """Serve embeddings that are played."""
    async with (
        playing(script) as upstream,
        aiohttp.ClientSession() as session,
        embedding(
            EmbeddingEndpoint(session, url=upstream.url, model="played"),
            identity,
            holds,
        ) as stub,
    ):
        yield stub


@pytest.fixture(scope="module")
def identity() -> Identity:
    """Who signs tokens."""
    return Identity()


@pytest.fixture
def me(identity: Identity) -> tuple[tuple[str, str], ...]:
    """Somebody who is signed in."""
    return bearing(identity.token(uuid4()))


async def test_texts_become_vectors(
    identity: Identity, me: tuple[tuple[str, str], ...]
):
    texts = ["the rain", "the snow"]
    async with played(identity, Script()) as stub:
        response = await stub.EmbedTexts(pb.EmbedTextsRequest(texts=texts), metadata=me)

    assert [list(each.values) for each in response.embeddings] == [
        pytest.approx(vector(text, 64)) for text in texts
    ]
    assert (response.model, response.input_tokens) == ("played", 4)


@pytest.mark.parametrize(
    "texts", [[], [""], ["fine", ""], ["x" * 32_001], ["x"] * 257, ["a\0b"]]
)
async def test_texts_that_are_too_many_too_long_or_empty_are_refused(
    identity: Identity, me: tuple[tuple[str, str], ...], texts: list[str]
):
    async with played(identity, Script()) as stub:
        call = stub.EmbedTexts(pb.EmbedTextsRequest(texts=texts), metadata=me)

        refused = await refusal(call)

    assert (refused.reason, refused.metadata["field"]) == ("INVALID_FIELD", "texts")


async def test_as_much_as_may_be_is_embedded(
    identity: Identity, me: tuple[tuple[str, str], ...]
):
    async with played(identity, Script()) as stub:
        request = pb.EmbedTextsRequest(texts=["x" * 32_000] * 256)
        response = await stub.EmbedTexts(request, metadata=me)

    assert len(response.embeddings) == 256


async def test_without_a_model_embeddings_are_unavailable(
    identity: Identity, me: tuple[tuple[str, str], ...]
):
    async with embedding(None, identity) as stub:
        call = stub.EmbedTexts(pb.EmbedTextsRequest(texts=["a text"]), metadata=me)

        refused = await refusal(call)

    assert refused.code == grpc.StatusCode.UNAVAILABLE
    assert refused.reason == "EMBEDDING_UNAVAILABLE"


async def test_an_endpoint_that_fails_makes_embeddings_unavailable(
    identity: Identity, me: tuple[tuple[str, str], ...]
):
    async with played(identity, Script(status=400)) as stub:
        call = stub.EmbedTexts(pb.EmbedTextsRequest(texts=["a text"]), metadata=me)

        assert (await refusal(call)).reason == "EMBEDDING_UNAVAILABLE"


async def test_nobody_embeds_without_signing_in(identity: Identity):
    async with played(identity, Script()) as stub:
        call = stub.EmbedTexts(pb.EmbedTextsRequest(texts=["a text"]))

        assert (await refusal(call)).code == grpc.StatusCode.UNAUTHENTICATED
