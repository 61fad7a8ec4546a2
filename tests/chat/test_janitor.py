"""What is done every minute."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg
import pytest

from parley.chat.v1 import conversation_service_pb2 as pb
from services.chat.conversations.model import Retention
from services.chat.conversations.purge_store import PostgresPurge
from services.chat.names import ConversationName
from services.kit.janitor import Janitor, Job
from services.kit.postgres import Database
from services.kit.requests.store import forget
from tests.calls import everything, refusal
from tests.chat.conftest import Chat
from tests.chat.recorded import recorded
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream

KEPT_FOR_EVER = Retention(days=0)
PURGE_EARLIER: LiteralString = """
    UPDATE conversations SET purge_time = purge_time - %s::interval
"""
USE_LATER: LiteralString = """
    UPDATE conversations SET update_time = update_time + %s::interval WHERE id = %s
"""
ASK_EARLIER: LiteralString = (
    "UPDATE requests SET create_time = create_time - %s::interval"
)


@pytest.fixture
async def database(chat_database: str) -> AsyncIterator[Database]:
    async with Database.connect(chat_database) as database:
        yield database


def let_time_pass(database: str, change: LiteralString, *values: object) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(change, values)


async def unused_for(database: Database, days: int, policy: Retention) -> int:
    """Purge as it will be done so many days from now, and a bit."""
    later = datetime.now(UTC) + timedelta(days=days, minutes=1)
    return await PostgresPurge(database, policy, clock=lambda: later).unused()


async def create(chat: Chat, **fields: Any) -> str:
    request = pb.CreateConversationRequest(
        parent=f"users/{chat.user}", conversation=pb.Conversation(**fields)
    )
    created = await chat.conversations.CreateConversation(request, metadata=chat.me)
    return created.conversation.name


async def get(chat: Chat, name: str) -> pb.Conversation:
    request = pb.GetConversationRequest(name=name)
    found = await chat.conversations.GetConversation(request, metadata=chat.me)
    return found.conversation


async def delete(chat: Chat, name: str) -> None:
    request = pb.DeleteConversationRequest(name=name)
    await chat.conversations.DeleteConversation(request, metadata=chat.me)


def left(database: str) -> set[str]:
    """Name the conversations whose rows are still there."""
    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT user_id, id FROM conversations")
        return {str(ConversationName(*row)) for row in found}


async def test_a_deleted_conversation_is_purged_after_30_days(
    chat: Chat, chat_database: str, database: Database
):
    deleted, kept = await create(chat), await create(chat)
    await everything(chat.send(deleted))
    await delete(chat, deleted)
    purge = PostgresPurge(database, KEPT_FOR_EVER)

    let_time_pass(chat_database, PURGE_EARLIER, "29 days 23 hours")
    assert await purge.due() == 0
    let_time_pass(chat_database, PURGE_EARLIER, "1 hour")
    assert (await refusal(get(chat, deleted))).reason == "CONVERSATION_NOT_FOUND"
    assert await purge.due() == 1

    assert left(chat_database) == {kept}
    assert recorded(chat_database, chat.user)[-1] == ("conversation_purged", deleted)
    assert await purge.due() == 0


async def test_a_temporary_conversation_is_gone_an_hour_after_the_last_message(
    chat: Chat, chat_database: str, database: Database
):
    name = await create(chat, temporary=True)
    let_time_pass(chat_database, PURGE_EARLIER, "59 minutes")
    await everything(chat.send(name))
    purge = PostgresPurge(database, KEPT_FOR_EVER)

    let_time_pass(chat_database, PURGE_EARLIER, "59 minutes")
    assert await purge.due() == 0
    assert (await get(chat, name)).purge_time
    let_time_pass(chat_database, PURGE_EARLIER, "1 minute")

    assert (await refusal(get(chat, name))).reason == "CONVERSATION_NOT_FOUND"
    assert await purge.due() == 1
    assert left(chat_database) == set()


async def test_a_conversation_in_which_a_reply_is_under_way_waits(
    chat: Chat, upstream: Upstream, chat_database: str, database: Database
):
    upstream.rescript(Script(stall_after=0))
    name = await create(chat, temporary=True)
    running = chat.send(name)
    await anext(aiter(running))
    let_time_pass(chat_database, PURGE_EARLIER, "2 hours")
    purge = PostgresPurge(database, KEPT_FOR_EVER)

    assert await purge.due() == 0
    upstream.release()
    await everything(running)

    assert await purge.due() == 1


async def test_the_policy_purges_what_nobody_uses_or_pins(
    chat: Chat, chat_database: str, database: Database
):
    unused = await create(chat)
    pinned, archived = (
        await create(chat, pinned=True),
        await create(chat, archived=True),
    )
    used = await create(chat)
    let_time_pass(chat_database, USE_LATER, "1 day", ConversationName.parse(used).id)
    assert (await unused_for(database, 31, Retention(days=0))) == 0
    assert (await unused_for(database, 29, Retention(days=30))) == 0

    assert (await unused_for(database, 30, Retention(days=30))) == 2

    assert left(chat_database) == {pinned, used}
    assert set(recorded(chat_database, chat.user)[-2:]) == {
        ("conversation_purged", unused),
        ("conversation_purged", archived),
    }


async def test_request_ids_are_forgotten_after_a_day(
    chat: Chat, chat_database: str, database: Database
):
    await create(chat)

    let_time_pass(chat_database, ASK_EARLIER, "23 hours")
    assert await forget(database) == 0
    let_time_pass(chat_database, ASK_EARLIER, "1 hour")
    assert await forget(database) == 1


async def test_a_job_that_fails_does_not_keep_the_others_from_running(
    database: Database, caplog: pytest.LogCaptureFixture
):
    ran = []

    async def fail() -> int:
        raise ZeroDivisionError

    async def run() -> int:
        ran.append(True)
        return 1

    janitor = Janitor(database, [Job("broken", fail), Job("sound", run)], key=1)
    with caplog.at_level(logging.ERROR):
        assert await janitor.round()

    assert ran == [True]
    assert [record.__dict__["job"] for record in caplog.records] == ["broken"]


async def test_one_janitor_works_at_a_time(chat_database: str, database: Database):
    began, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> int:
        began.set()
        await go_on.wait()
        return 0

    async with Database.connect(chat_database) as other:
        first = Janitor(database, [Job("wait", wait)], key=1)
        second = Janitor(other, [], key=1)
        working = asyncio.create_task(first.round())
        await began.wait()

        assert not await second.round()
        go_on.set()
        assert await working
        assert await second.round()


async def test_the_policy_keeps_what_was_imported_until_it_is_unused_here(
    chat: Chat, chat_database: str, database: Database
):
    imported = await create(chat)
    let_time_pass(
        chat_database, USE_LATER, "-1000 days", ConversationName.parse(imported).id
    )

    assert (await unused_for(database, 29, Retention(days=30))) == 0
    assert (await unused_for(database, 30, Retention(days=30))) == 1
