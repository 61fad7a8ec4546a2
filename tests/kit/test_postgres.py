"""The pool, when Postgres goes away."""

import asyncio

import psycopg
import pytest

from services.kit.errors import Unavailable
from services.kit.postgres import Database, announce

END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND usename = current_user  -- and not who vacuums
"""


async def test_a_connection_that_died_while_idle_is_replaced(chat_database: str):
    async with Database.connect(chat_database) as database:
        async with database.transaction() as connection:
            first = connection.info.backend_pid
        with psycopg.connect(chat_database) as other:
            other.execute(END_OTHERS)

        async with database.transaction() as connection:
            second = connection.info.backend_pid

    assert first != second


async def test_a_connection_that_dies_in_use_is_unavailable(chat_database: str):
    async with Database.connect(chat_database) as database:

        async def interrupted() -> None:
            async with database.transaction() as connection:
                with psycopg.connect(chat_database) as other:
                    other.execute(END_OTHERS)
                await connection.execute("SELECT 1")

        with pytest.raises(Unavailable) as caught:
            await interrupted()

    assert caught.value.metadata == {"part": "postgres"}


@pytest.mark.asvs("2.3.3")
async def test_a_block_that_raises_stores_nothing(chat_database: str):
    async with Database.connect(chat_database) as database:

        async def fail() -> None:
            async with database.transaction() as connection:
                await connection.execute("CREATE TABLE chat.half (id int)")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()

        async with database.transaction() as connection:
            found = await connection.execute("SELECT to_regclass('chat.half')")
            assert await found.fetchone() == (None,)


@pytest.mark.parametrize("steps", range(6))
async def test_a_task_is_cancelled_at_whatever_moment_of_getting_a_connection(
    chat_database: str, steps: int
):
    async with Database.connect(chat_database, pool_size=1) as database:

        async def stay() -> None:
            async with database.transaction():
                pass
            await asyncio.Event().wait()

        async with database.transaction():
            task = asyncio.create_task(stay())
            await asyncio.sleep(0)  # until it waits for the connection
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=30)
        task.cancel()
        async with database.transaction():
            pass  # the connection was not lost with the task

        assert done
        assert task.cancelled()


async def test_what_a_transaction_is_about_is_announced_once_it_is_over(
    chat_database: str,
):
    announced = []

    async def heard(topic: str) -> None:
        async with (
            Database.connect(chat_database) as other,
            other.statement() as connection,
        ):
            found = await connection.execute("SELECT to_regclass('chat.done')")
            announced.append((topic, await found.fetchone()))

    async with Database.connect(chat_database, announce=heard) as database:
        async with database.transaction() as connection:
            announce(connection, "topic")
            announce(connection, "topic")
            await connection.execute("CREATE TABLE chat.done (id int)")
            assert announced == []
        async with database.transaction() as connection:
            await connection.execute("SELECT 1")

    assert announced == [("topic", ("done",))]
