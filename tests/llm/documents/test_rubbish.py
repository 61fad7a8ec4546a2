"""What is taken away, and not before its time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import LiteralString
from uuid import UUID, uuid4

import pytest

from services.kit.postgres import Database
from services.kit.requests.model import Request
from services.llm.documents.store.documents import PostgresDocuments
from services.llm.documents.store.jobs import PostgresJobs
from services.llm.documents.store.rubbish import PostgresRubbish
from services.llm.documents.sweeping import Sweeping
from tests.llm.documents.word_index import WordIndex

HELD: LiteralString = """
    INSERT INTO documents (user_id, id, display_name, size_bytes, create_time,
        update_time, holder, due_time, delete_time)
    VALUES (%s, %s, 'x', 1, now(), now(), gen_random_uuid(), now() + interval '1 h',
        now())
"""
QUEUED: LiteralString = "INSERT INTO vector_deletions VALUES (%s, %s, now())"
DIED: LiteralString = "UPDATE documents SET due_time = now()"
A_MINUTE_AGO: LiteralString = """
    UPDATE documents SET due_time = due_time - interval '61 seconds'
"""
UPLOADED: LiteralString = """
    INSERT INTO documents (user_id, id, display_name, size_bytes, uploaded_bytes, state,
        create_time, update_time, due_time)
    VALUES (%s, %s, 'x', 8, 8, 'processing', now(), now(), now())
"""
AGAIN: LiteralString = "UPDATE vector_deletions SET due_time = now()"
LEFT: LiteralString = "SELECT document_id FROM vector_deletions"


@pytest.fixture
async def database(llm_database: str) -> AsyncIterator[Database]:
    """llm's database, which nothing else works on."""
    async with Database.connect(llm_database) as database:
        yield database


async def run(database: Database, statement: LiteralString, *values: UUID) -> None:
    async with database.statement() as connection:
        await connection.execute(statement, values)


async def left(database: Database) -> list[UUID]:
    async with database.statement() as connection:
        return [id for (id,) in await (await connection.execute(LEFT)).fetchall()]


async def test_neither_vectors_nor_rows_go_while_a_run_may_be_writing(
    database: Database,
):
    user, document = uuid4(), uuid4()
    rubbish = PostgresRubbish(database)
    await run(database, HELD, user, document)
    await run(database, QUEUED, user, document)

    assert await rubbish.vectors() == {}
    assert await rubbish.sweep() == 0
    await run(database, DIED)

    assert await rubbish.vectors() == {user: {document: False}}
    assert await rubbish.sweep() == 0
    await run(database, A_MINUTE_AGO)
    await run(database, AGAIN)

    assert await rubbish.vectors() == {user: {document: True}}
    assert await rubbish.sweep() == 1


async def test_vectors_of_one_that_was_being_processed_are_removed_until_none_can_come(
    database: Database,
):
    user, document = uuid4(), uuid4()
    index, jobs = WordIndex(), PostgresJobs(database)
    sweeping = Sweeping(PostgresRubbish(database), index)
    await run(database, UPLOADED, user, document)
    job = await jobs.claim(uuid4())
    assert job
    await PostgresDocuments(database).delete(
        job.name, Request(uuid4(), b""), allow_missing=False
    )
    await jobs.release(job)
    late = (None, ())

    assert await sweeping.vectors() == 1
    index.held[user, document] = late  # a write that was on its way
    assert await left(database) == [document]
    await run(database, A_MINUTE_AGO)
    await run(database, AGAIN)

    assert await sweeping.vectors() == 1
    assert index.held == {}
    assert await left(database) == []


async def test_of_one_that_waits_for_the_next_run_the_last_may_have_sent_vectors(
    database: Database,
):
    user, document = uuid4(), uuid4()
    jobs, rubbish = PostgresJobs(database), PostgresRubbish(database)
    await run(database, UPLOADED, user, document)
    job = await jobs.claim(uuid4())
    assert job
    await jobs.delay(job)

    await PostgresDocuments(database).delete(
        job.name, Request(uuid4(), b""), allow_missing=False
    )

    assert await rubbish.vectors() == {user: {document: False}}


async def test_what_is_queued_again_meanwhile_stays_queued(database: Database):
    user, document = uuid4(), uuid4()
    rubbish = PostgresRubbish(database)
    await run(database, QUEUED, user, document)

    assert await rubbish.vectors() == {user: {document: True}}
    assert await rubbish.vectors() == {}  # somebody is at it
    await run(database, AGAIN)
    await rubbish.vectors_gone(user, [document])
    assert await left(database) == [document]

    assert await rubbish.vectors() == {user: {document: True}}
    await rubbish.vectors_gone(user, [document])
    assert await left(database) == []
