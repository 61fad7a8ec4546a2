"""Knowledge whose files are read when a test lets them be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from parley.llm.v1 import document_service_pb2 as pb
from services.kit.postgres import Database
from services.llm.documents.store.jobs import PostgresJobs
from tests.identity import Identity
from tests.llm.documents.knowledge import Document, Knowing, knowing, patiently
from tests.llm.documents.slow_reader import SlowReader
from tests.llm.documents.word_index import WordIndex


@pytest.fixture
def reader() -> SlowReader:
    """Reads when it is let."""
    return SlowReader()


@pytest.fixture
async def me(
    llm_database: str,
    redis_url: str,
    identity: Identity,
    index: WordIndex,
    reader: SlowReader,
) -> AsyncIterator[Knowing]:
    """Somebody with documents to be."""
    async with knowing(llm_database, redis_url, identity, index, reader) as me:
        yield me


@asynccontextmanager
async def jobs(me: Knowing) -> AsyncIterator[PostgresJobs]:
    """Jobs as a process sees them that processes none by itself."""
    async with Database.connect(me.url) as database:
        yield PostgresJobs(database)


async def begun(me: Knowing, text: str = "The fox jumps.", name: str = "a") -> Document:
    """Upload a small file, and do not wait."""
    data = text.encode()
    return await me.append(await me.create(len(data), name), 0, data)


async def until_reading(reader: SlowReader, *names: str) -> None:
    """Wait until these have begun to be read."""
    async for attempt in patiently():
        with attempt:
            assert sorted(reader.reading) == sorted(names)


async def reindex(me: Knowing, document: Document) -> Document:
    """Have a document processed again."""
    request = pb.ReindexDocumentRequest(name=document.name)
    return (await me.documents.ReindexDocument(request, metadata=me.me)).document
