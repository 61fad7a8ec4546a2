"""MessageService.StopReply: exactly what the user saw is kept."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import grpc
import pytest

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from tests.calls import everything, refusal
from tests.chat.conftest import Chat
from tests.chat.events import kinds, reply_of
from tests.chat.test_resume_reply import begun, elsewhere
from tests.doubles.upstream import Upstream

__all__ = ["elsewhere"]


@pytest.mark.parametrize("place", ["chat", "elsewhere"])
async def test_what_the_user_saw_is_kept_and_the_model_is_stopped(
    chat: Chat, elsewhere: Chat, upstream: Upstream, place: str
):
    name, _, text = await begun(chat, upstream, seen=7)
    device = {"chat": chat, "elsewhere": elsewhere}[place]

    stopped = await device.stop(name, last_seen_seq=1 + 4)

    assert stopped.state == message_pb.Message.STATE_STOPPED
    assert stopped.text == text[:4]
    assert stopped.seq == 1 + 4 + 1
    assert stopped.usage.estimated
    await upstream.disconnected()
    assert await chat.get(name) == stopped


async def test_without_a_seq_all_that_there_is_is_kept(chat: Chat, upstream: Upstream):
    name, _, text = await begun(chat, upstream, seen=7)

    stopped = await chat.stop(name)

    assert stopped.text == text


async def test_every_reader_learns_that_it_was_stopped(
    chat: Chat, elsewhere: Chat, upstream: Upstream
):
    name, seq, _ = await begun(chat, upstream, seen=7)
    readers = [chat.resume(name), elsewhere.resume(name)]
    for reader in readers:
        while (await anext(aiter(reader))).event.seq != seq:
            pass  # the log is written in parts

    stopped = await elsewhere.stop(name, last_seen_seq=seq)

    for reader in readers:
        events = await everything(reader)
        assert kinds(events)[-1] == "stopped"
        assert reply_of(events[-1]) == stopped


async def test_stopping_twice_and_a_reply_that_has_ended_is_harmless(
    chat: Chat, upstream: Upstream
):
    name, seq, _ = await begun(chat, upstream, seen=7)

    first, second = await asyncio.gather(chat.stop(name, seq), chat.stop(name, 1))

    assert first == second == await chat.stop(name, seq)
    upstream.release()
    completed = await chat.completed(await chat.conversation())
    assert await chat.stop(completed.name) == completed


async def test_a_retry_of_a_stop_is_answered_alike(chat: Chat, upstream: Upstream):
    name, _, _ = await begun(chat, upstream, seen=7)
    request = pb.StopReplyRequest(name=name, request_id=str(uuid4()))

    answers = [
        await chat.messages.StopReply(request, metadata=chat.me) for _ in range(2)
    ]
    request.last_seen_seq = 1
    reused = await refusal(chat.messages.StopReply(request, metadata=chat.me))

    assert answers[0] == answers[1]
    assert reused.reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize("place", ["chat", "elsewhere"])
async def test_a_seq_from_the_future_stops_nothing(
    chat: Chat, elsewhere: Chat, upstream: Upstream, place: str
):
    name, seq, _ = await begun(chat, upstream, seen=7)
    device = {"chat": chat, "elsewhere": elsewhere}[place]
    request = pb.StopReplyRequest(name=name, last_seen_seq=seq + 1)

    refused = await refusal(device.messages.StopReply(request, metadata=chat.me))

    assert refused.code is grpc.StatusCode.OUT_OF_RANGE
    assert (await chat.get(name)).state == message_pb.Message.STATE_GENERATING
    upstream.release()


async def test_a_stopped_reply_that_said_nothing_costs_nothing(
    chat: Chat, upstream: Upstream
):
    upstream.rescript(replace(upstream.script, stall_after=0))
    call = chat.send(await chat.conversation())
    name = (await anext(aiter(call))).event.accepted.reply.name
    await upstream.stalled()

    stopped = await chat.stop(name)

    assert stopped.text == ""
    assert stopped.usage == message_pb.Usage(estimated=True)
