"""Several transactions that are one."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from services.kit.errors import Unavailable
from services.kit.postgres import Database, announce
from tests.kit.test_postgres import END_OTHERS

ADD = "INSERT INTO chat.notes VALUES (%s)"


@pytest.fixture
def told() -> list[str]:
    """The topics that were announced."""
    return []


@pytest.fixture
async def database(chat_database: str, told: list[str]) -> AsyncIterator[Database]:
    async def announced(topic: str) -> None:
        told.append(topic)

    async with Database.connect(chat_database, announce=announced) as database:
        async with database.statement() as connection:
            await connection.execute("CREATE TABLE chat.notes (id int PRIMARY KEY)")
        yield database


async def add(database: Database, note: int) -> None:
    """Store a note, in a transaction of its own unless it is a part."""
    async with database.transaction() as connection:
        await connection.execute(ADD, [note])
        announce(connection, "notes")


async def state(database: Database, note: int) -> None:
    """Do the same, by a statement alone."""
    async with database.statement() as connection:
        await connection.execute(ADD, [note])


async def notes(database: Database) -> list[int]:
    async with database.statement() as connection:
        query = "SELECT id FROM chat.notes ORDER BY id"
        return [id for (id,) in await (await connection.execute(query)).fetchall()]


async def test_all_are_stored_when_the_block_ends_and_announced_then(
    database: Database, told: list[str]
):
    async with database.together():
        await add(database, 1)
        await state(database, 2)
        async with database.together():
            await add(database, 3)
        inside = await notes(database)
        outside = await asyncio.create_task(notes(database))
        assert told == []

    assert (inside, outside) == ([1, 2, 3], [])
    assert await notes(database) == [1, 2, 3]
    assert told == ["notes"]


@pytest.mark.asvs("2.3.3")
async def test_none_is_stored_if_the_block_raises(database: Database):
    async def fail() -> None:
        async with database.together():
            await add(database, 1)
            await state(database, 2)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await notes(database) == []
    await add(database, 3)
    assert await notes(database) == [3]


@pytest.mark.asvs("2.3.3")
async def test_none_is_stored_if_one_fails_and_nobody_minds(database: Database):
    async def go_on() -> None:
        async with database.together():
            await add(database, 1)
            with pytest.raises(psycopg.errors.UniqueViolation):
                await add(database, 1)

    with pytest.raises(RuntimeError, match="a part has failed"):
        await go_on()

    assert await notes(database) == []


async def test_what_another_task_stores_is_no_part(database: Database):
    async def fail() -> None:
        async with database.together():
            await add(database, 1)
            await asyncio.create_task(add(database, 2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await notes(database) == [2]


async def test_a_connection_that_dies_in_a_part_is_unavailable(
    database: Database, chat_database: str
):
    async def interrupted() -> None:
        async with database.together():
            await add(database, 1)
            with psycopg.connect(chat_database) as other:
                other.execute(END_OTHERS)
            await add(database, 2)

    with pytest.raises(Unavailable):
        await interrupted()

    assert await notes(database) == []
