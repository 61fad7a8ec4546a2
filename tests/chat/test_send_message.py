"""MessageService.SendMessage, called as a client calls it."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import grpc
import pytest

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from parley.error.v1 import error_reason_pb2 as reasons
from tests.calls import everything, refusal_in
from tests.chat.conftest import Chat
from tests.chat.events import assert_no_gap, kinds, text_of
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream


async def test_streams_the_reply_between_accepted_and_completed(
    chat: Chat, upstream: Upstream
):
    conversation = await chat.conversation()

    events = await everything(chat.send(conversation, "Hi"))

    assert kinds(events)[0] == "accepted"
    assert set(kinds(events)[1:-1]) == {"delta"}
    assert kinds(events)[-1] == "completed"
    assert text_of(events) == upstream.script.text
    assert_no_gap(events)


async def test_stores_both_messages_before_the_first_event(
    chat: Chat, upstream: Upstream
):
    upstream.rescript(replace(upstream.script, stall_after=0))
    conversation = await chat.conversation()
    call = chat.send(conversation, "Hi")

    accepted = (await anext(aiter(call))).event.accepted

    assert [m.name for m in await chat.listed(conversation)] == [
        accepted.message.name,
        accepted.reply.name,
    ]
    assert accepted.message.text == "Hi"
    assert accepted.reply.state == message_pb.Message.STATE_GENERATING
    assert accepted.reply.parent_message == accepted.message.name


async def test_the_completed_reply_is_the_stored_one(chat: Chat, upstream: Upstream):
    conversation = await chat.conversation()

    events = await everything(chat.send(conversation))

    reply = events[-1].event.completed.reply
    assert (await chat.listed(conversation))[-1] == reply
    assert reply.text == upstream.script.text
    assert reply.state == message_pb.Message.STATE_COMPLETED
    assert reply.model == "scripted"
    assert reply.usage.output_tokens == len(upstream.script.tokens)
    assert reply.HasField("end_time")


async def test_a_caller_who_leaves_finds_the_finished_reply(
    chat: Chat, upstream: Upstream
):
    upstream.rescript(replace(upstream.script, stall_after=5))
    conversation = await chat.conversation()
    call = chat.send(conversation)
    accepted = (await anext(aiter(call))).event.accepted

    call.cancel()
    await upstream.stalled()
    upstream.release()
    await upstream.finished()
    reply = await ended(chat, accepted.reply.name)

    assert reply.state == message_pb.Message.STATE_COMPLETED
    assert reply.text == upstream.script.text


async def ended(chat: Chat, name: str) -> message_pb.Message:
    """Wait until a reply has ended."""
    async with asyncio.timeout(10):
        while True:
            got = await chat.messages.GetMessage(
                pb.GetMessageRequest(name=name), metadata=chat.me
            )
            if got.message.state != message_pb.Message.STATE_GENERATING:
                return got.message


async def test_a_reply_in_progress_can_be_read(chat: Chat, upstream: Upstream):
    upstream.rescript(replace(upstream.script, stall_after=5))
    conversation = await chat.conversation()
    call = chat.send(conversation)
    so_far = "".join(upstream.script.tokens[:5])
    reply = (await anext(aiter(call))).event.accepted.reply.name
    seen = ""
    while seen != so_far:
        seen += (await anext(aiter(call))).event.delta.text

    got = await chat.messages.GetMessage(
        pb.GetMessageRequest(name=reply), metadata=chat.me
    )

    assert got.message.text == so_far
    assert got.message.state == message_pb.Message.STATE_GENERATING
    upstream.release()


async def test_fifty_sends_at_once_with_one_request_id_are_one(
    chat: Chat, upstream: Upstream
):
    conversation = await chat.conversation()
    request_id = str(uuid4())

    async def sent() -> list[pb.SendMessageResponse]:
        while True:
            try:
                return await everything(chat.send(conversation, request_id=request_id))
            except grpc.aio.AioRpcError as error:
                if refusal_in(error).reason != "OVERLOADED":  # which asks to come back
                    raise

    streams = await asyncio.gather(*(sent() for _ in range(50)))

    assert len(await chat.listed(conversation)) == 2
    assert upstream.counts["asked"] == 1
    for events in streams:
        assert kinds(events)[-1] == "completed"
        assert text_of(events) == upstream.script.text
        assert_no_gap(events)


async def test_a_retry_after_the_end_streams_the_stored_reply(
    chat: Chat, upstream: Upstream
):
    conversation = await chat.conversation()
    request_id = str(uuid4())
    first = await everything(chat.send(conversation, request_id=request_id))

    again = await everything(chat.send(conversation, request_id=request_id))

    assert again[-1].event.completed == first[-1].event.completed
    assert text_of(again) == upstream.script.text
    assert_no_gap(again)
    assert upstream.counts["asked"] == 1


async def test_the_model_is_shown_the_branch_and_nothing_else(
    chat: Chat, upstream: Upstream
):
    upstream.rescript(Script(tokens=("one",)))
    conversation = await chat.conversation()
    first = await everything(chat.send(conversation, "1"))
    reply = first[-1].event.completed.reply.name
    await everything(chat.send(conversation, "2"))

    await everything(chat.send(conversation, "3", parent_message=reply))

    assert [turn["content"] for turn in upstream.requests[-1].body["messages"]] == [
        "1",
        "one",
        "3",
    ]


async def test_a_conversation_is_titled_by_its_first_message(chat: Chat):
    conversation = await chat.conversation()

    await everything(chat.send(conversation, "What is\n  a  monad? " + "x" * 200))

    got = await chat.conversations.GetConversation(
        conversations_pb.GetConversationRequest(name=conversation), metadata=chat.me
    )
    assert got.conversation.title.startswith("What is a monad? xxx")
    assert len(got.conversation.title) == 80


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (Script(status=401), reasons.ERROR_REASON_MODEL_CREDENTIALS),
        (Script(status=404), reasons.ERROR_REASON_MODEL_NOT_FOUND),
        (Script(status=429), reasons.ERROR_REASON_MODEL_RATE_LIMITED),
        (Script(status=500), reasons.ERROR_REASON_MODEL_UNAVAILABLE),
        (Script(cut_after=3), reasons.ERROR_REASON_MODEL_PROTOCOL),
        (Script(insert_after=3), reasons.ERROR_REASON_MODEL_PROTOCOL),
    ],
)
async def test_what_the_provider_does_wrong_fails_the_reply_with_its_reason(
    chat: Chat, upstream: Upstream, script: Script, reason: int
):
    upstream.rescript(script)
    conversation = await chat.conversation()

    events = await everything(chat.send(conversation))

    failed = events[-1].event.failed
    assert failed.reason == reason
    assert failed.reply == (await chat.listed(conversation))[-1]
    assert failed.reply.state == message_pb.Message.STATE_FAILED
    assert failed.reply.text == text_of(events)
    assert_no_gap(events)


async def test_a_slow_reader_gets_fewer_larger_events(chat: Chat, upstream: Upstream):
    upstream.rescript(Script(tokens=words(5_000)))
    conversation = await chat.conversation()
    call = chat.send(conversation)
    await upstream.finished()

    events = await everything(call)

    assert text_of(events) == upstream.script.text
    assert len(events) < 2_500
    assert_no_gap(events)
