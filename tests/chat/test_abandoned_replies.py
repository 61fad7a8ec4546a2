"""Replies whose process died."""

from dataclasses import replace
from uuid import uuid4

import psycopg

from parley.chat.v1 import message_service_pb2 as pb
from services.chat.messages.ports import Progress
from services.chat.messages.store import PostgresMessages
from services.chat.names import MessageName
from services.kit.postgres import Database
from tests.calls import everything
from tests.chat.conftest import Chat
from tests.doubles.upstream import Upstream
from tests.identity import Identity, bearing
from tests.serving import channel_to, chat_serving

EXPIRE = "UPDATE messages SET lease_expire_time = now() - interval '1 second'"


async def begun(chat: Chat, upstream: Upstream) -> str:
    """Begin a reply that stalls after its fifth token; return its name."""
    upstream.rescript(replace(upstream.script, stall_after=5))
    call = chat.send(await chat.conversation())
    name = (await anext(aiter(call))).event.accepted.reply.name
    await upstream.stalled()
    return name


async def test_a_reply_that_nobody_keeps_fails_with_what_there_was(
    chat: Chat, upstream: Upstream, chat_database: str
):
    name = await begun(chat, upstream)
    async with Database.connect(chat_database) as database:
        messages = PostgresMessages(database)
        await messages.keep([Progress(MessageName.parse(name), "so far", 4)])
        expire(chat_database)

        failed = await messages.fail_abandoned()
        reply = await messages.get(MessageName.parse(name))

    assert failed == 1
    assert (reply.state, reply.failure) == ("failed", "REPLY_INTERRUPTED")
    assert (reply.text, reply.seq) == ("so far", 5)
    upstream.release()


async def test_a_reply_that_is_kept_does_not_fail(
    chat: Chat, upstream: Upstream, chat_database: str
):
    name = await begun(chat, upstream)
    async with Database.connect(chat_database) as database:
        messages = PostgresMessages(database)
        expire(chat_database)
        await messages.keep([Progress(MessageName.parse(name), "so far", 4)])

        failed = await messages.fail_abandoned()

    assert failed == 0
    upstream.release()


async def test_a_reply_that_was_failed_stays_as_it_is_when_its_process_comes_back(
    chat: Chat, upstream: Upstream, chat_database: str
):
    upstream.rescript(replace(upstream.script, stall_after=5))
    call = chat.send(await chat.conversation())
    await upstream.stalled()
    async with Database.connect(chat_database) as database:
        expire(chat_database)
        assert await PostgresMessages(database).fail_abandoned() == 1

    upstream.release()
    last = (await everything(call))[-1].event

    assert last.WhichOneof("event") == "failed"
    assert last.failed.reply.state == pb.Message.STATE_FAILED


async def test_stopping_the_service_stores_the_interrupted_reply(
    chat_database: str, llm_address: str, identity: Identity, upstream: Upstream
):
    user = uuid4()
    async with (
        chat_serving(chat_database, llm_address, identity) as address,
        channel_to(address) as channel,
    ):
        chat = Chat(user, bearing(identity.token(user)), channel)
        name = MessageName.parse(await begun(chat, upstream))

    async with Database.connect(chat_database) as database:
        reply = await PostgresMessages(database).get(name)
    assert (reply.state, reply.failure) == ("failed", "REPLY_INTERRUPTED")
    assert reply.text == "".join(upstream.script.tokens[:5])


def expire(database: str) -> None:
    """Let every lease run out."""
    with psycopg.connect(database) as connection:
        connection.execute(EXPIRE + " WHERE state = 'generating'")
