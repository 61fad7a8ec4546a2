"""What is taken away, and not before its time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import LiteralString
from uuid import UUID, uuid4

import pytest

from services.kit.postgres import Database
from services.llm.documents.store.rubbish import PostgresRubbish

HELD: LiteralString = """
    INSERT INTO documents (user_id, id, display_name, size_bytes, create_time,
        update_time, holder, due_time, delete_time)
    VALUES (%s, %s, 'x', 1, now(), now(), gen_random_uuid(), now() + interval '1 h',
        now())
"""
QUEUED: LiteralString = "INSERT INTO vector_deletions VALUES (%s, %s, now())"
DIED: LiteralString = "UPDATE documents SET due_time = now()"
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

    assert await rubbish.vectors() == {user: [document]}
    assert await rubbish.sweep() == 1


async def test_what_is_queued_again_meanwhile_stays_queued(database: Database):
    user, document = uuid4(), uuid4()
    rubbish = PostgresRubbish(database)
    await run(database, QUEUED, user, document)

    assert await rubbish.vectors() == {user: [document]}
    assert await rubbish.vectors() == {}  # somebody is at it
    await run(database, AGAIN)
    await rubbish.vectors_gone(user, [document])
    assert await left(database) == [document]

    assert await rubbish.vectors() == {user: [document]}
    await rubbish.vectors_gone(user, [document])
    assert await left(database) == []
