"""Nothing is answered before what it follows is whole, however it came to follow it."""

from collections.abc import AsyncIterable
from dataclasses import replace
from typing import Any

import grpc
import pytest
from psycopg import AsyncConnection

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from tests.calls import everything, refusal
from tests.chat.conftest import Chat
from tests.chat.events import contents, kinds
from tests.chat.sync import patiently
from tests.doubles.upstream import Upstream

Accepted = message_pb.ReplyEvent.Accepted
LEASES = "SELECT min(expire_time) FROM replicas"


async def accepted(stream: AsyncIterable[pb.SendMessageResponse]) -> Accepted:
    """Read what was stored."""
    return (await anext(aiter(stream))).event.accepted


async def looked(database: str) -> None:
    """Wait until every process has looked for what it could begin."""
    async with await AsyncConnection.connect(database, autocommit=True) as connection:
        for _ in range(2):
            ((before,),) = await (await connection.execute(LEASES)).fetchall()
            async for attempt in patiently():
                with attempt:
                    ((now,),) = await (await connection.execute(LEASES)).fetchall()
                    assert now > before


async def waiting(chat: Chat, upstream: Upstream) -> tuple[str, Accepted]:
    """Have a message wait for a reply that stalls; return its conversation, and it."""
    upstream.rescript(replace(upstream.script, stall_after=3))
    conversation = await chat.conversation()
    await accepted(chat.send(conversation, "One"))
    await upstream.stalled()
    return conversation, await accepted(chat.send(conversation, "Two", queue=True))


@pytest.mark.parametrize("how", ["regenerate", "edit", "continue"])
async def test_a_model_is_not_shown_half_of_the_reply_before(
    chat: Chat, upstream: Upstream, how: str
):
    conversation, queued = await waiting(chat, upstream)
    name = queued.reply.name
    call: Any
    if how == "regenerate":
        request = pb.RegenerateReplyRequest(name=name)
        call = chat.messages.RegenerateReply(request, metadata=chat.me)
    elif how == "edit":
        edit = pb.EditMessageRequest(name=queued.message.name, text="Zwei")
        call = chat.messages.EditMessage(edit, metadata=chat.me)
    else:
        await chat.stop(name)
        more = pb.ContinueReplyRequest(name=name)
        call = chat.messages.ContinueReply(more, metadata=chat.me)

    refused = await refusal(call)

    first = (await chat.listed(conversation))[1]
    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "REPLY_IN_PROGRESS"
    assert refused.metadata == {"message": first.name}
    upstream.release()


async def test_what_follows_a_reply_that_was_stopped_in_line_waits_on(
    chat: Chat, upstream: Upstream, chat_database: str
):
    conversation, queued = await waiting(chat, upstream)
    third = chat.send(conversation, "Three", queue=True)
    await accepted(third)
    await chat.stop(queued.reply.name)
    refused = await refusal(chat.send(conversation, "Four"))
    fourth = await accepted(chat.send(conversation, "Four", queue=True))
    await looked(chat_database)

    upstream.release()
    events = await everything(chat.resume(fourth.reply.name))

    assert refused.reason == "REPLY_IN_PROGRESS"
    assert fourth.reply.state == message_pb.Message.STATE_QUEUED
    assert kinds(events)[-1] == "completed"
    whole = upstream.script.text
    assert [
        contents(request.body["messages"])
        for request in upstream.requests
        if "Three" in contents(request.body["messages"])
    ] == [
        ["One", whole, "Two", "Three"],
        ["One", whole, "Two", "Three", whole, "Four"],
    ]
