"""Knowledge whose files are read when a test lets them be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import LiteralString
from uuid import UUID

import pytest

from parley.llm.v1 import document_service_pb2 as pb
from services.kit.postgres import Database
from services.llm.documents.model import Job
from services.llm.documents.store.jobs import PostgresJobs
from tests.identity import Identity
from tests.llm.documents.knowledge import Document, Knowing, knowing, patiently
from tests.llm.documents.slow_reader import SlowReader
from tests.llm.documents.word_index import WordIndex

OVERDUE: LiteralString = "UPDATE documents SET due_time = now() - interval '1 s'"


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


async def taken_over(me: Knowing, run: UUID) -> Job | None:
    """
    Have another process take a document, which believes that its process is dead.

    In one transaction, or that one renews its lease, or takes it again, in between.
    """
    async with Database.connect(me.url) as database, database.together():
        async with database.statement() as connection:
            await connection.execute(OVERDUE)
        return await PostgresJobs(database).claim(run)


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
