"""Messages that were there before search was."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from services.chat.search.store import BATCH, PostgresIndex
from services.kit.postgres import Database
from tests.chat.searching import Searching, searching
from tests.identity import Identity


@pytest.fixture
async def me(chat_database: str, identity: Identity) -> AsyncIterator[Searching]:
    """A user of a deployment that knew no search until now."""
    async with searching(chat_database, identity) as searcher:
        for change in (
            "ALTER TABLE messages DISABLE TRIGGER USER",
            "TRUNCATE search_entries",
        ):
            await searcher.database.execute(change)
        yield searcher


@pytest.fixture
async def index(chat_database: str) -> AsyncIterator[PostgresIndex]:
    """The index."""
    async with Database.connect(chat_database) as database:
        yield PostgresIndex(database)


async def say(me: Searching, count: int, *, length: int = 0) -> UUID:
    conversation = await me.conversation()
    await me.database.execute(
        """
        INSERT INTO messages (
            user_id, conversation_id, id, role, text, state, model, seq, create_time,
            end_time
        )
        SELECT %s, %s, gen_random_uuid(), 'user', 'A fox ' || repeat('a', %s),
            'completed', '', 0, now(), now()
        FROM generate_series(1, %s)
        """,
        (me.user, conversation, length, count),
    )
    return conversation


async def test_they_are_found_after_a_while(me: Searching, index: PostgresIndex):
    for count in (BATCH - 1, 2, BATCH):
        await say(me, count)
    generating = await me.say("A fox", model="small", state="generating")

    added = await index.fill()

    assert added == 2 * BATCH + 2
    cursor = await me.database.execute("SELECT count(*) FROM search_entries")
    assert await cursor.fetchone() == (2 * BATCH + 1,)
    assert generating not in await me.found("fox")


async def test_long_ones_are_added_in_smaller_steps(
    me: Searching, index: PostgresIndex
):
    await say(me, 30, length=100_000)

    assert await index.fill() == 30
    assert len(await me.found("fox", page_size=100)) == 30


async def test_nothing_is_read_again_once_all_are_added(
    me: Searching, index: PostgresIndex
):
    await index.fill()
    await say(me, 1)

    assert await index.fill() == 0


async def test_one_that_ended_meanwhile_is_no_trouble(
    me: Searching, index: PostgresIndex
):
    await me.database.execute("ALTER TABLE messages ENABLE TRIGGER USER")
    said = await me.say("A fox")

    assert await index.fill() == 1
    assert await me.found("fox") == [said]
