"""A reply is whole, or its failure has a name, whatever happens on the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import grpc
import pytest

from parley.chat.v1.message_service_pb2 import Message, ReplyEvent
from parley.error.v1.error_reason_pb2 import ErrorReason
from parley_client import (
    Accepted,
    Completed,
    Delta,
    Event,
    Parley,
    ParleyError,
    ReplyFailed,
    Stopped,
)
from services.chat.model import MessageNotFound, ReplyInProgress
from services.kit.errors import Unavailable
from tests.clients.conftest import Scripted
from tests.clients.scripted_chat import Context, accepted, completed, delta, said

State = Message.State


async def sent(parley: Parley, text: str = "Hi") -> list[Event]:
    """Send to a new conversation; return every event."""
    conversation = await parley.conversations.create()
    return [event async for event in parley.send(conversation, text)]


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


async def cut(reply: Message, context: Context) -> AsyncIterator[ReplyEvent]:
    """Break off after "one " as a proxy does whose upstream dies."""
    yield accepted(reply)
    yield delta(2, "one ")
    await context.abort(grpc.StatusCode.INTERNAL, "RST_STREAM error code 2")


async def test_a_reply_comes_piece_by_piece(scripted: Scripted, parley: Parley) -> None:
    scripted.chat.streams.append(lambda reply, _: said(reply, "one ", "two"))

    first, *deltas, last = await sent(parley, "Count")

    assert isinstance(first, Accepted)
    assert first.message.text == "asked"
    assert deltas == [Delta("one "), Delta("two")]
    assert isinstance(last, Completed)
    assert last.reply.text == "one two"
    assert scripted.auth.calls["GetMessage"] == 0


async def test_heartbeats_are_not_shown(scripted: Scripted, parley: Parley) -> None:
    async def slow(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield ReplyEvent(seq=1, after_seq=1, heartbeat=ReplyEvent.Heartbeat())
        yield delta(2, "one")
        whole = ReplyEvent.Completed(reply=completed(reply, "one"))
        yield ReplyEvent(seq=3, after_seq=2, completed=whole)

    scripted.chat.streams.append(slow)

    assert text_of(await sent(parley)) == "one"


async def test_a_reply_whose_stream_is_cut_is_read_to_its_end(
    scripted: Scripted, parley: Parley
) -> None:
    async def cut_and_go_on(
        reply: Message, context: Context
    ) -> AsyncIterator[ReplyEvent]:
        scripted.chat.looks += [
            Message(name=reply.name, text="", state=State.STATE_GENERATING),
            Message(name=reply.name, text="one two ", state=State.STATE_GENERATING),
            Unavailable(),
            completed(reply, "one two three"),
        ]
        async for event in cut(reply, context):
            yield event

    scripted.chat.streams.append(cut_and_go_on)

    events = await sent(parley)

    assert events[1:4] == [Delta("one "), Delta("two "), Delta("three")]
    assert isinstance(events[4], Completed)
    assert events[4].reply.text == "one two three"
    assert len(scripted.chat.sent) == 1


async def test_a_stream_that_ends_without_a_last_event_was_cut(
    scripted: Scripted, parley: Parley
) -> None:
    async def ended(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield delta(2, "one ")
        scripted.chat.looks.append(completed(reply, "one two"))

    scripted.chat.streams.append(ended)

    assert text_of(await sent(parley)) == "one two"


async def test_a_stream_that_goes_silent_was_cut(
    scripted: Scripted, parley: Parley
) -> None:
    left = asyncio.Event()

    async def silent(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        scripted.chat.looks.append(completed(reply, "one"))
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    scripted.chat.streams.append(silent)

    assert text_of(await sent(parley)) == "one"
    async with asyncio.timeout(5):
        await left.wait()


async def test_a_lost_event_is_not_stepped_over(
    scripted: Scripted, parley: Parley
) -> None:
    async def gap(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield delta(2, "one ")
        scripted.chat.looks.append(completed(reply, "one two three"))
        yield delta(4, "three")

    scripted.chat.streams.append(gap)

    assert text_of(await sent(parley)) == "one two three"


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
        yield delta(2, "one ")
        reply.text, reply.state = "one ", State.STATE_FAILED
        reply.failure_reason = ErrorReason.ERROR_REASON_MODEL_STALLED
        yield ReplyEvent(seq=3, after_seq=2, failed=ReplyEvent.Failed(reply=reply))

    scripted.chat.streams.append(fail)

    with pytest.raises(ReplyFailed, match="went silent") as failed:
        await sent(parley)

    assert failed.value.reason == "MODEL_STALLED"
    assert failed.value.reply.text == "one "
    assert len(scripted.chat.sent) == 1


async def test_a_reply_that_fails_after_the_cut_raises_too(
    scripted: Scripted, parley: Parley
) -> None:
    async def cut_and_fail(
        reply: Message, context: Context
    ) -> AsyncIterator[ReplyEvent]:
        failed = Message(name=reply.name, text="one ", state=State.STATE_FAILED)
        failed.failure_reason = ErrorReason.ERROR_REASON_REPLY_INTERRUPTED
        scripted.chat.looks.append(failed)
        async for event in cut(reply, context):
            yield event

    scripted.chat.streams.append(cut_and_fail)

    with pytest.raises(ReplyFailed) as interrupted:
        await sent(parley)

    assert interrupted.value.reason == "REPLY_INTERRUPTED"


async def test_a_stopped_reply_ends_with_what_there_was(
    scripted: Scripted, parley: Parley
) -> None:
    async def stop(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        reply.text, reply.state = "one ", State.STATE_STOPPED
        yield ReplyEvent(seq=2, after_seq=1, stopped=ReplyEvent.Stopped(reply=reply))

    scripted.chat.streams.append(stop)

    events = await sent(parley)

    assert text_of(events) == "one "
    assert isinstance(events[-1], Stopped)


async def test_looking_for_a_reply_ends_when_it_is_deleted(
    scripted: Scripted, parley: Parley
) -> None:
    async def cut_and_delete(
        reply: Message, context: Context
    ) -> AsyncIterator[ReplyEvent]:
        scripted.chat.looks.append(MessageNotFound())
        async for event in cut(reply, context):
            yield event

    scripted.chat.streams.append(cut_and_delete)

    with pytest.raises(ParleyError) as gone:
        await sent(parley)

    assert gone.value.reason == "MESSAGE_NOT_FOUND"


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        (Unavailable(), "UNAVAILABLE"),
        (Message(text="one ", state=State.STATE_GENERATING), ""),
    ],
    ids=["while Parley is away", "while the reply stands still"],
)
async def test_looking_for_a_reply_has_an_end(
    scripted: Scripted, parley: Parley, look: Message | Exception, reason: str
) -> None:
    scripted.chat.looks.extend([look] * 1000)
    scripted.chat.streams.append(cut)

    with pytest.raises(ParleyError) as lost:
        await sent(parley)

    assert lost.value.code is grpc.StatusCode.UNAVAILABLE
    assert lost.value.reason == reason


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

    async with asyncio.timeout(5):
        await left.wait()
