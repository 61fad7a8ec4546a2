"""A reply whose stream breaks off is read to its end all the same."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from parley.chat.v1.message_pb2 import Message, ReplyEvent
from parley.error.v1.error_reason_pb2 import ErrorReason
from parley_client import (
    Completed,
    Delta,
    Parley,
    ParleyError,
    ReplyFailed,
    Restarted,
    Stopped,
)
from services.chat.messages.model import SeqOutOfRange
from services.kit.errors import Overloaded, ServiceError, Unavailable
from tests.clients.conftest import Scripted, sent, text_of
from tests.clients.scripted_chat import (
    SECOND,
    Context,
    Stream,
    accepted,
    completed,
    delta,
    ended,
    restarted,
    said,
)
from tests.clients.shell import PATIENCE

State = Message.State


async def cut(reply: Message, context: Context) -> AsyncIterator[ReplyEvent]:
    """Break off after "one " as a proxy does whose upstream dies."""
    yield accepted(reply)
    yield delta(1, "one ")
    await context.abort(grpc.StatusCode.INTERNAL, "RST_STREAM error code 2")


async def go_on(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
    """Show what comes after "one "."""
    yield delta(5, "two ")
    yield delta(9, "three")
    yield ended(14, completed(reply, "one two three"))


def refusing(error: ServiceError) -> Stream:
    """Refuse to show a reply."""

    async def refuse(_: Message, context: Context) -> AsyncIterator[ReplyEvent]:
        raise error
        yield ReplyEvent()

    return refuse


async def test_a_reply_whose_stream_is_cut_is_gone_on_with_where_it_was(
    scripted: Scripted, parley: Parley
) -> None:
    scripted.chat.streams.append(cut)
    scripted.chat.resumptions.append(go_on)

    _, *deltas, last = await sent(parley)

    assert deltas == [Delta("one ", 5), Delta("two ", 9), Delta("three", 14)]
    assert isinstance(last, Completed)
    assert last.reply.text == "one two three"
    assert [request.after_seq for request in scripted.chat.resumed] == [5]
    assert len(scripted.chat.sent) == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.ABORTED, grpc.StatusCode.UNKNOWN])
async def test_whatever_status_ends_a_stream_it_was_cut(
    scripted: Scripted, parley: Parley, code: grpc.StatusCode
) -> None:
    async def abort(reply: Message, context: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield delta(1, "one ")
        await context.abort(code, "no")

    scripted.chat.streams.append(abort)
    scripted.chat.resumptions.append(go_on)

    assert text_of(await sent(parley)) == "one two three"


async def test_a_stream_that_ends_without_a_last_event_was_cut(
    scripted: Scripted, parley: Parley
) -> None:
    async def end(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield delta(1, "one ")

    scripted.chat.streams.append(end)
    scripted.chat.resumptions.append(go_on)

    assert text_of(await sent(parley)) == "one two three"


async def test_a_stream_that_goes_silent_was_cut(
    scripted: Scripted, parley: Parley
) -> None:
    left = asyncio.Event()

    async def silent(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield delta(1, "one ")
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    # On a busy machine any stream may look silent: then there is another.
    scripted.chat.streams.extend([silent] * 3)
    scripted.chat.resumptions.extend([go_on] * 100)

    async with scripted.connected(silence=0.3) as hasty:
        assert text_of(await sent(hasty)) == "one two three"
    async with asyncio.timeout(PATIENCE):
        await left.wait()


async def test_a_lost_event_is_not_stepped_over(
    scripted: Scripted, parley: Parley
) -> None:
    async def gap(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield delta(1, "one ")
        yield delta(9, "three")

    scripted.chat.streams.append(gap)
    scripted.chat.resumptions.append(go_on)

    assert text_of(await sent(parley)) == "one two three"
    assert scripted.chat.resumed[0].after_seq == 5


async def test_coming_back_is_tried_until_a_replica_has_the_reply(
    scripted: Scripted, parley: Parley
) -> None:
    scripted.chat.streams.append(cut)
    scripted.chat.resumptions += [
        refusing(Unavailable()),
        refusing(Overloaded(retry_seconds=0)),
        # The dead process had told what it had not yet stored.
        refusing(SeqOutOfRange(seq=3)),
        go_on,
    ]

    assert text_of(await sent(parley)) == "one two three"


async def test_a_reply_that_begins_anew_says_so(
    scripted: Scripted, parley: Parley
) -> None:
    async def again(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield restarted(5)
        yield delta(SECOND, "uno ")
        yield delta(SECOND + 4, "due")
        yield ended(SECOND + 7, completed(reply, "uno due"))

    scripted.chat.streams.append(cut)
    scripted.chat.resumptions.append(again)

    _, *between, last = await sent(parley)

    assert between == [
        Delta("one ", 5),
        Restarted(2, SECOND),
        Delta("uno ", SECOND + 4),
        Delta("due", SECOND + 7),
    ]
    assert isinstance(last, Completed)


async def test_a_reply_that_was_stopped_before_what_was_seen_ends(
    scripted: Scripted, parley: Parley
) -> None:
    async def stopped(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        reply.text, reply.state = "on", State.STATE_STOPPED
        yield ReplyEvent(after_seq=5, seq=4, stopped=ReplyEvent.Stopped(reply=reply))

    scripted.chat.streams.append(cut)
    scripted.chat.resumptions.append(stopped)

    last = (await sent(parley))[-1]

    assert isinstance(last, Stopped)
    assert last.reply.text == "on"
    assert len(scripted.chat.resumed) == 1


async def test_a_reply_that_fails_after_the_cut_raises_too(
    scripted: Scripted, parley: Parley
) -> None:
    async def fail(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        reply.text, reply.state = "one ", State.STATE_FAILED
        reply.failure_reason = ErrorReason.ERROR_REASON_REPLY_INTERRUPTED
        yield ended(5, reply)

    scripted.chat.streams.append(cut)
    scripted.chat.resumptions.append(fail)

    with pytest.raises(ReplyFailed) as interrupted:
        await sent(parley)

    assert interrupted.value.reason == "REPLY_INTERRUPTED"


async def test_coming_back_ends_when_the_reply_is_deleted(
    scripted: Scripted, parley: Parley
) -> None:
    scripted.chat.streams.append(cut)

    with pytest.raises(ParleyError) as gone:
        await sent(parley)

    assert gone.value.reason == "MESSAGE_NOT_FOUND"
    assert len(scripted.chat.resumed) == 1


async def again_and_again(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
    """Show what the reader has seen, and not what follows."""
    yield delta(1, "one ")


@pytest.mark.parametrize(
    ("stream", "reason"),
    [(refusing(Unavailable()), "UNAVAILABLE"), (again_and_again, "")],
    ids=["while Parley is away", "while events are missing"],
)
async def test_coming_back_has_an_end(
    scripted: Scripted, parley: Parley, stream: Stream, reason: str
) -> None:
    scripted.chat.streams.append(cut)
    scripted.chat.resumptions.extend([stream] * 1000)

    async with scripted.connected(unreachable=0.3) as hasty:
        with pytest.raises(ParleyError) as lost:
            await sent(hasty)

    assert lost.value.code is grpc.StatusCode.UNAVAILABLE
    assert lost.value.reason == reason


async def test_a_reply_is_resumed_from_anywhere(
    scripted: Scripted, parley: Parley
) -> None:
    scripted.chat.streams.append(lambda reply, _: said(reply, "one ", "two ", "three"))
    whole = (await sent(parley))[-1]
    assert isinstance(whole, Completed)
    scripted.chat.resumptions.append(go_on)

    resumed = parley.messages.resume(whole.reply, after_seq=5)
    events = [event async for event in resumed]

    assert text_of(events) == "two three"
    assert events[-1] == whole


async def test_a_resumption_from_where_no_reply_has_come_is_refused(
    scripted: Scripted, parley: Parley
) -> None:
    whole = (await sent(parley))[-1]
    assert isinstance(whole, Completed)
    scripted.chat.resumptions.append(refusing(SeqOutOfRange(seq=14)))

    with pytest.raises(ParleyError) as refused:
        await anext(parley.messages.resume(whole.reply, after_seq=99))

    assert refused.value.reason == "SEQ_OUT_OF_RANGE"
    assert len(scripted.chat.resumed) == 1
