"""Erasing, and sharing, what a whole chat has written."""

from __future__ import annotations

from typing import LiteralString
from uuid import uuid4

import psycopg

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import erasure_service_pb2 as pb
from parley.chat.v1 import erasure_service_pb2_grpc as pb_grpc
from parley.chat.v1 import share_service_pb2 as shares_pb
from parley.chat.v1 import share_service_pb2_grpc as shares_grpc
from tests.calls import everything, refusal
from tests.chat.conftest import Chat
from tests.chat.erasing import patiently
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream

# The one event, and no other trace.
LEFT: LiteralString = """
    SELECT array_agg(kind) AS kinds,
        (SELECT count(*) FROM conversations) + (SELECT count(*) FROM messages)
        + (SELECT count(*) FROM search_entries) + (SELECT count(*) FROM requests)
        + (SELECT count(*) FROM charges)
        + (SELECT count(*) FROM erasures) AS rows
    FROM events
"""


async def test_a_reply_that_is_being_written_is_stopped_and_leaves_nothing(
    chat: Chat, upstream: Upstream, chat_database: str
):
    finished = await chat.conversation()
    await chat.completed(finished)
    upstream.rescript(Script(tokens=words(20), stall_after=5))
    running = await chat.conversation()
    stream = chat.send(running)
    await anext(aiter(stream))
    await upstream.stalled()

    stub: pb_grpc.ErasureServiceAsyncStub = pb_grpc.ErasureServiceStub(chat.channel)
    await stub.EraseUserData(
        pb.EraseUserDataRequest(name=f"users/{chat.user}"), metadata=chat.me
    )

    for name in (finished, running):
        gone = chat.conversations.GetConversation(
            conversations_pb.GetConversationRequest(name=name), metadata=chat.me
        )
        assert (await refusal(gone)).reason == "CONVERSATION_NOT_FOUND"
    await upstream.disconnected()
    async for attempt in patiently():
        with attempt:
            async with await psycopg.AsyncConnection.connect(chat_database) as tables:
                left = await (await tables.execute(LEFT)).fetchone()
            assert left == (["user_data_erased"], 0)


async def test_a_reply_is_shared_as_it_was_said(chat: Chat, upstream: Upstream):
    conversation = await chat.conversation()
    reply = await chat.completed(conversation, "Tell me")
    stub: shares_grpc.ShareServiceAsyncStub
    stub = shares_grpc.ShareServiceStub(chat.channel)

    created = await stub.CreateShare(
        shares_pb.CreateShareRequest(
            parent=f"users/{chat.user}",
            share=shares_pb.Share(conversation=conversation),
            request_id=str(uuid4()),
        ),
        metadata=chat.me,
    )
    await everything(chat.send(conversation, "And more"))
    shown = await stub.GetSharedConversation(
        shares_pb.GetSharedConversationRequest(token=created.share.token)
    )

    assert [message.text for message in shown.messages] == ["Tell me", reply.text]
    assert shown.messages[1].model == reply.model
    assert shown.title == created.share.title
