"""A reply is whole, or its failure has a name, whatever happens on the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import grpc
import pytest

from parley.chat.v1.message_pb2 import Message, ReplyEvent
from parley.error.v1.error_reason_pb2 import ErrorReason
from parley_client import (
    Accepted,
    Completed,
    Delta,
    Parley,
    ParleyError,
    ReplyFailed,
    Stopped,
)
from services.chat.messages.model import ReplyInProgress
from tests.clients.conftest import Scripted, sent, text_of
from tests.clients.scripted_chat import Context, accepted, completed, delta, ended, said
from tests.clients.shell import PATIENCE

State = Message.State


async def test_a_reply_comes_piece_by_piece(scripted: Scripted, parley: Parley) -> None:
    scripted.chat.streams.append(lambda reply, _: said(reply, "one ", "two"))

    first, *deltas, last = await sent(parley, "Count")

    assert isinstance(first, Accepted)
    assert first.message.text == "asked"
    assert deltas == [Delta("one ", 5), Delta("two", 8)]
    assert isinstance(last, Completed)
    assert last.reply.text == "one two"
    assert scripted.auth.calls["ResumeReply"] == 0


async def test_heartbeats_are_not_shown(scripted: Scripted, parley: Parley) -> None:
    async def slow(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield ReplyEvent(seq=1, after_seq=1, heartbeat=ReplyEvent.Heartbeat())
        yield delta(1, "one")
        yield ended(4, completed(reply, "one"))

    scripted.chat.streams.append(slow)

    assert text_of(await sent(parley)) == "one"


async def test_a_message_of_unknown_fate_is_sent_again_as_the_same(
    scripted: Scripted, parley: Parley
) -> None:
    async def lost(_: Message, context: Context) -> AsyncIterator[ReplyEvent]:
        await context.abort(grpc.StatusCode.UNAVAILABLE, "upstream reset")
        yield ReplyEvent()

    scripted.chat.streams += [lost, lost]

    events = await sent(parley, "Hi")

    assert text_of(events) == "You said: Hi"
    assert len(scripted.chat.sent) == 3
    assert len({request.request_id for request in scripted.chat.sent}) == 1


async def test_sending_again_ends(scripted: Scripted, parley: Parley) -> None:
    async def lost(_: Message, context: Context) -> AsyncIterator[ReplyEvent]:
        await context.abort(grpc.StatusCode.UNAVAILABLE, "upstream reset")
        yield ReplyEvent()

    scripted.chat.streams += [lost] * 9

    with pytest.raises(ParleyError, match="upstream reset") as failed:
        await sent(parley)

    assert failed.value.code is grpc.StatusCode.UNAVAILABLE
    assert len(scripted.chat.sent) == 3


async def test_a_message_that_is_refused_is_not_sent_again(
    scripted: Scripted, parley: Parley
) -> None:
    async def refused(_: Message, context: Context) -> AsyncIterator[ReplyEvent]:
        raise ReplyInProgress
        yield ReplyEvent()

    scripted.chat.streams.append(refused)

    with pytest.raises(ParleyError, match="still being written") as busy:
        await sent(parley)

    assert busy.value.reason == "REPLY_IN_PROGRESS"
    assert len(scripted.chat.sent) == 1


async def test_a_failed_reply_raises_with_what_there_was(
    scripted: Scripted, parley: Parley
) -> None:
    async def fail(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield delta(1, "one ")
        reply.text, reply.state = "one ", State.STATE_FAILED
        reply.failure_reason = ErrorReason.ERROR_REASON_MODEL_STALLED
        yield ended(5, reply)

    scripted.chat.streams.append(fail)

    with pytest.raises(ReplyFailed, match="went silent") as failed:
        await sent(parley)

    assert failed.value.reason == "MODEL_STALLED"
    assert failed.value.reply.text == "one "
    assert len(scripted.chat.sent) == 1


async def test_a_stopped_reply_ends_with_what_there_was(
    scripted: Scripted, parley: Parley
) -> None:
    async def stop(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield delta(1, "one ")
        reply.text, reply.state = "one ", State.STATE_STOPPED
        yield ended(5, reply)

    scripted.chat.streams.append(stop)

    events = await sent(parley)

    assert text_of(events) == "one "
    assert isinstance(events[-1], Stopped)


async def test_who_stops_reading_frees_the_connection(
    scripted: Scripted, parley: Parley
) -> None:
    left = asyncio.Event()

    async def endless(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    scripted.chat.streams.append(endless)
    conversation = await parley.conversations.create()

    async with aclosing(parley.send(conversation, "Hi")) as events:
        await anext(events)

    async with asyncio.timeout(PATIENCE):
        await left.wait()
