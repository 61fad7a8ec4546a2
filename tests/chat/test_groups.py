"""A reply is written with the rights of who asked, as they were when they asked."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest

from parley.chat.v1 import message_service_pb2 as pb
from tests.calls import everything
from tests.chat.conftest import Chat
from tests.chat.events import kinds
from tests.chat.replicas import Replica, keys_serving, replica
from tests.chat.speaking import Speaker, completed, delta, llm_address, speaker
from tests.chat.sync import patiently
from tests.identity import Identity, bearing
from tests.serving import channel_to

__all__ = ["llm_address", "speaker"]

SALES, LEGAL = uuid4(), uuid4()
STORED: LiteralString = "SELECT groups FROM messages WHERE user_id = %s AND id = %s"


def within(chat: Chat, identity: Identity, *groups: UUID) -> Chat:
    """The same user, who is in these groups now."""
    return replace(chat, me=bearing(identity.token(chat.user, *groups)))


def stored(database: str, chat: Chat, name: str) -> set[UUID]:
    """Return the groups that are kept with a reply."""
    with psycopg.connect(database) as connection:
        id = name.rpartition("/")[2]
        found = connection.execute(STORED, [chat.user, id]).fetchone()
    assert found
    return set(found[0])


def groups(speaker: Speaker) -> list[frozenset[UUID]]:
    """Return the groups that llm was told, call by call."""
    return [caller.groups for caller in speaker.callers]


async def asked(speaker: Speaker, times: int) -> None:
    """Wait until llm was asked so often, and only the last call is under way."""
    async for attempt in patiently():
        with attempt:
            assert (len(speaker.callers), speaker.speaking) == (times, 1)


def answer(speaker: Speaker) -> None:
    """Answer one call."""
    speaker.say(delta("Hi"), completed())


@pytest.mark.asvs("8.3.3")
async def test_llm_is_told_the_groups_of_who_asks_and_what_has_ended_forgets_them(
    chat: Chat, identity: Identity, speaker: Speaker, chat_database: str
):
    member = within(chat, identity, SALES, LEGAL)
    call = aiter(member.send(await member.conversation()))
    name = (await anext(call)).event.accepted.reply.name
    await asked(speaker, 1)
    kept = stored(chat_database, chat, name)
    answer(speaker)
    events = [event async for event in call]

    assert kinds(events)[-1] == "completed"
    assert groups(speaker) == [{SALES, LEGAL}]
    assert speaker.callers[0].user_id == chat.user
    assert speaker.callers[0].actor == "chat"
    assert kept == {SALES, LEGAL}
    assert stored(chat_database, chat, name) == set()


async def test_who_has_left_a_group_asks_without_it(
    chat: Chat, identity: Identity, speaker: Speaker
):
    member = within(chat, identity, SALES)
    conversation = await member.conversation()
    for _ in range(3):
        answer(speaker)
    reply = await member.completed(conversation)

    left = within(chat, identity, LEGAL)
    await left.completed(conversation)
    again = pb.RegenerateReplyRequest(name=reply.name)
    await everything(chat.messages.RegenerateReply(again, metadata=chat.me))

    assert groups(speaker) == [{SALES}, {LEGAL}, frozenset()]


async def test_a_message_that_waits_is_answered_with_the_rights_it_was_sent_with(
    chat: Chat, identity: Identity, speaker: Speaker
):
    member = within(chat, identity, SALES)
    conversation = await member.conversation()
    first = aiter(member.send(conversation, "One"))
    await anext(first)
    await asked(speaker, 1)
    left = within(chat, identity)
    second = aiter(member.send(conversation, "Two", queue=True))
    await anext(second)
    third = aiter(left.send(conversation, "Three", queue=True))
    await anext(third)

    for call in (first, second, third):
        answer(speaker)
        assert kinds([event async for event in call])[-1] == "completed"

    assert groups(speaker) == [{SALES}, {SALES}, frozenset()]


@pytest.fixture
async def replicas(
    tmp_path: Path,
    chat_database: str,
    redis_url: str,
    llm_address: str,
    identity: Identity,
) -> AsyncIterator[tuple[Replica, Replica]]:
    """Two processes of chat."""
    async with keys_serving(identity) as keys:
        start = partial(
            replica,
            folder=tmp_path,
            identity=identity,
            database_url=chat_database,
            redis_url=redis_url,
            auth_address=keys,
            llm_address=llm_address,
        )
        async with start("chat-1") as first, start("chat-2") as second:
            yield first, second


@pytest.mark.asvs("8.3.3")
async def test_a_reply_that_another_process_takes_over_has_the_same_rights(
    replicas: tuple[Replica, Replica], identity: Identity, speaker: Speaker
):
    user = uuid4()
    me = bearing(identity.token(user, SALES))
    async with (
        channel_to(replicas[0].address) as one,
        channel_to(replicas[1].address) as other,
    ):
        first, second = Chat(user, me, one), Chat(user, me, other)
        call = aiter(first.send(await first.conversation()))
        name = (await anext(call)).event.accepted.reply.name
        await asked(speaker, 1)

        await replicas[0].kill()
        await asked(speaker, 2)
        answer(speaker)
        rest = await everything(second.resume(name))

    assert kinds(rest)[-1] == "completed"
    assert rest[-1].event.completed.reply.attempt == 2
    assert groups(speaker) == [{SALES}, {SALES}]
