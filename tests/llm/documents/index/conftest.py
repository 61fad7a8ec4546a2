"""The index over a real Milvus Lite, and embeddings that are played."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from services.llm.documents.index import searching
from services.llm.documents.index.connection import Milvus, connect
from services.llm.documents.index.meaning import Meaning
from services.llm.documents.index.milvus import MilvusIndex
from services.llm.documents.index.rerank import Reranker
from services.llm.embeddings.endpoint import EmbeddingEndpoint
from tests.doubles.openai_server import serving
from tests.doubles.upstream import Upstream

PATIENCE = 20.0  # that a busy machine needs


@pytest.fixture(scope="session")
async def milvus(milvus_uri: str) -> AsyncIterator[Milvus]:
    """A connection."""
    async with connect(milvus_uri) as milvus:
        yield milvus


@pytest.fixture
def index(milvus: Milvus) -> MilvusIndex:
    """An index that knows words alone."""
    return MilvusIndex(milvus)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections to what is played."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def played() -> AsyncIterator[Upstream]:
    """A server that embeds and reranks."""
    async with serving() as upstream:
        yield upstream


@pytest.fixture
def endpoint(session: aiohttp.ClientSession, played: Upstream) -> EmbeddingEndpoint:
    """The embeddings of that server."""
    return EmbeddingEndpoint(session, url=played.url, model="played")


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Searches that take as long as they need.

    One that has no time left for meanings, or for an order, says nothing of it.
    """
    monkeypatch.setattr(searching, "SEARCH_SECONDS", PATIENCE)


@pytest.fixture
def knowing(
    milvus: Milvus, endpoint: EmbeddingEndpoint, unhurried: None
) -> MilvusIndex:
    """An index that knows meanings, too."""
    return MilvusIndex(milvus, Meaning(endpoint, "played", PATIENCE))


@pytest.fixture
def reranking(
    milvus: Milvus, session: aiohttp.ClientSession, played: Upstream, unhurried: None
) -> MilvusIndex:
    """An index that has what it finds ordered anew."""
    return MilvusIndex(
        milvus,
        reranker=Reranker(session, url=played.url, model="reranker", seconds=PATIENCE),
    )


@pytest.fixture
def hurried(
    milvus: Milvus,
    session: aiohttp.ClientSession,
    endpoint: EmbeddingEndpoint,
    played: Upstream,
) -> MilvusIndex:
    """An index that waits for neither for longer than it does when it is in use."""
    return MilvusIndex(
        milvus,
        Meaning(endpoint, "played"),
        Reranker(session, url=played.url, model="reranker"),
    )


@pytest.fixture
def other_model(
    milvus: Milvus, endpoint: EmbeddingEndpoint, unhurried: None
) -> MilvusIndex:
    """An index of the same embedder under another name, which is another model's."""
    return MilvusIndex(milvus, Meaning(endpoint, "another", PATIENCE))
