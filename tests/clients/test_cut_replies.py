"""A reply whose stream breaks off is read to its end all the same."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from parley.chat.v1.message_service_pb2 import Message, ReplyEvent
from parley.error.v1.error_reason_pb2 import ErrorReason
from parley_client import (
    Completed,
    Delta,
    Parley,
    ParleyError,
    ReplyFailed,
)
from services.chat.messages.model import MessageNotFound
from services.kit.errors import Unavailable
from tests.clients.conftest import Scripted, sent, text_of
from tests.clients.scripted_chat import Context, accepted, completed, delta

State = Message.State


async def cut(reply: Message, context: Context) -> AsyncIterator[ReplyEvent]:
    """Break off after "one " as a proxy does whose upstream dies."""
    yield accepted(reply)
    yield delta(2, "one ")
    await context.abort(grpc.StatusCode.INTERNAL, "RST_STREAM error code 2")


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
