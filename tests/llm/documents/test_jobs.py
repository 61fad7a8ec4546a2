"""What a run stores is there while it is needed, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, LiteralString
from uuid import UUID, uuid4

import pytest

from services.kit.postgres import Database
from services.llm.documents.model import Chunk, Content, Job, Page
from services.llm.documents.store.jobs import PostgresJobs
from tests.llm.documents.knowledge import patiently

CONTENT = Content(
    media_type="text/plain",
    pages=(Page(0, 0, "The fox."),),
    chunks=(Chunk(0, 0, 8, 0, "", "The fox."),),
)
UPLOADED: LiteralString = """
    INSERT INTO documents (user_id, id, display_name, size_bytes, uploaded_bytes, state,
        create_time, update_time, due_time)
    VALUES (%s, %s, 'x', 8, 8, 'processing', now(), now(), now())
"""
AGAIN: LiteralString = "UPDATE documents SET due_time = now()"
HOLD: LiteralString = "SELECT FROM document_pages WHERE version = %s FOR UPDATE"
VERSIONS: LiteralString = """
    SELECT 'page', version FROM document_pages
    UNION ALL SELECT 'chunk', version FROM document_chunks
"""


@pytest.fixture
async def database(llm_database: str) -> AsyncIterator[Database]:
    """llm's database with one document to process, which nothing else works on."""
    async with Database.connect(llm_database) as database:
        await run(database, UPLOADED, uuid4(), uuid4())
        yield database


async def run(database: Database, statement: LiteralString, *values: UUID) -> list[Any]:
    async with database.statement() as connection:
        cursor = await connection.execute(statement, values)
        return await cursor.fetchall() if cursor.description else []


async def stored(jobs: PostgresJobs) -> Job:
    """Take the document, and store what is in it."""
    job: Job | None = None
    async for attempt in patiently():
        with attempt:
            job = await jobs.claim(uuid4())
            assert job
    assert job
    await jobs.store(job, CONTENT)
    return job


def all_of(*jobs: Job) -> set[tuple[str, UUID]]:
    return {(kind, job.run) for job in jobs for kind in ("page", "chunk")}


async def test_cleaning_up_spares_what_the_next_run_stores_meanwhile(
    database: Database,
):
    jobs = PostgresJobs(database)
    first = await stored(jobs)
    await jobs.publish(first, CONTENT, embedded=True)
    await run(database, AGAIN)
    second = await stored(jobs)
    moved = replace(second, collection_id=uuid4())  # so it is taken again at once

    async with database.transaction() as connection:
        await connection.execute(HOLD, [first.run])  # cleaning up waits for it
        publishing = asyncio.create_task(jobs.publish(moved, CONTENT, embedded=True))
        third = await stored(jobs)
    await publishing

    assert set(await run(database, VERSIONS)) == all_of(second, third)


@pytest.mark.parametrize(
    "end", [PostgresJobs.delay, PostgresJobs.retry, PostgresJobs.release]
)
async def test_a_run_that_ends_without_a_result_leaves_nothing_but_what_was_shown(
    database: Database, end: Callable[[PostgresJobs, Job], Awaitable[None]]
):
    jobs = PostgresJobs(database)
    shown = await stored(jobs)
    await jobs.publish(shown, CONTENT, embedded=True)

    for _ in range(2):
        await run(database, AGAIN)
        await end(jobs, await stored(jobs))

    assert set(await run(database, VERSIONS)) == all_of(shown)
