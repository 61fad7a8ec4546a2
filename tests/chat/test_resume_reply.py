"""MessageService.ResumeReply: reading on from anywhere, at any replica."""

from collections.abc import AsyncIterator
from dataclasses import replace

import grpc
import pytest
import redis
from tenacity import AsyncRetrying, stop_after_delay, wait_fixed

from parley.chat.v1 import message_service_pb2 as pb
from tests.calls import everything, refusal
from tests.chat.conftest import Chat
from tests.chat.events import assert_no_gap, kinds, reply_of, text_of
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.identity import Identity
from tests.serving import channel_to, chat_serving


@pytest.fixture
async def elsewhere(
    chat: Chat,
    chat_database: str,
    redis_url: str,
    llm_address: str,
    identity: Identity,
) -> AsyncIterator[Chat]:
    """The same user at another replica."""
    async with (
        chat_serving(
            chat_database, llm_address, identity, redis_url=redis_url, name="chat-2"
        ) as address,
        channel_to(address) as channel,
    ):
        yield replace(chat, channel=channel)


async def begun(chat: Chat, upstream: Upstream, *, seen: int) -> tuple[str, int, str]:
    """Begin a reply that stalls after some tokens; return its name, seq and text."""
    upstream.rescript(replace(upstream.script, stall_after=seen))
    so_far = "".join(upstream.script.tokens[:seen])
    call = chat.send(await chat.conversation())
    name, seq, text = "", 0, ""
    async for response in call:
        event = response.event
        name = name or event.accepted.reply.name
        seq, text = event.seq, text + event.delta.text
        if text == so_far:
            break
    call.cancel()
    return name, seq, text


@pytest.mark.parametrize("place", ["chat", "elsewhere"])
async def test_a_reader_who_was_cut_off_reads_on_without_a_gap(
    chat: Chat, elsewhere: Chat, upstream: Upstream, place: str
):
    name, seq, seen = await begun(chat, upstream, seen=7)
    reader = {"chat": chat, "elsewhere": elsewhere}[place]
    call = reader.resume(name, seq)

    upstream.release()
    events = await everything(call)

    assert seen + text_of(events) == upstream.script.text
    assert kinds(events)[-1] == "completed"
    assert_no_gap(events, seq)


async def test_another_replica_shows_what_comes_while_it_comes(
    chat: Chat, elsewhere: Chat, upstream: Upstream
):
    name, seq, seen = await begun(chat, upstream, seen=7)

    reader = aiter(elsewhere.resume(name))
    events = [await anext(reader)]
    while text_of(events) != seen:  # the log is written in parts
        events.append(await anext(reader))

    assert_no_gap(events)
    assert events[-1].event.seq == seq
    upstream.release()


async def test_a_reply_that_has_ended_is_shown_from_any_character(
    chat: Chat, elsewhere: Chat
):
    reply = await chat.completed(await chat.conversation())

    for after in (0, 1, 2, 10, len(reply.text), reply.seq - 1, reply.seq):
        events = await everything(elsewhere.resume(reply.name, after))

        assert text_of(events) == reply.text[max(0, after - 1) :]
        assert_no_gap(events, after)
        assert reply_of(events[-1]) == reply


async def test_without_redis_another_replica_shows_what_is_stored(
    chat: Chat, elsewhere: Chat, upstream: Upstream, redis_url: str
):
    name, seq, seen = await begun(chat, upstream, seen=7)
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    call = elsewhere.resume(name, seq)

    upstream.release()
    events = await everything(call)

    assert seen + text_of(events) == upstream.script.text
    assert_no_gap(events, seq)


async def test_a_log_with_a_gap_is_not_stepped_over(
    chat: Chat, elsewhere: Chat, upstream: Upstream, redis_url: str
):
    name, _, seen = await begun(chat, upstream, seen=7)
    with redis.Redis.from_url(redis_url) as client:
        async for attempt in AsyncRetrying(
            stop=stop_after_delay(20), wait=wait_fixed(0.02), reraise=True
        ):
            with attempt:
                (key,) = client.keys("parley:run:*")
        client.delete(key)
        client.xadd(key, {"t": "!"}, id=f"{len(seen) + 50}-0")
    call = elsewhere.resume(name)

    upstream.release()
    events = await everything(call)

    assert text_of(events) == upstream.script.text
    assert_no_gap(events)


async def test_a_long_reply_is_read_in_many_entries_elsewhere(
    chat: Chat, elsewhere: Chat, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(3_000), delay=0.0002))
    call = chat.send(await chat.conversation())
    name = (await anext(aiter(call))).event.accepted.reply.name

    events = await everything(elsewhere.resume(name))

    assert text_of(events) == upstream.script.text
    assert_no_gap(events)


async def test_the_future_cannot_be_resumed(chat: Chat, upstream: Upstream):
    name, seq, _ = await begun(chat, upstream, seen=7)

    refused = await refusal(chat.resume(name, seq + 1))

    assert refused.code is grpc.StatusCode.OUT_OF_RANGE
    assert refused.reason == "SEQ_OUT_OF_RANGE"
    assert refused.metadata["seq"] == str(seq)
    upstream.release()


async def test_the_end_is_the_last_that_can_be_resumed(chat: Chat):
    reply = await chat.completed(await chat.conversation())

    refused = await refusal(chat.resume(reply.name, reply.seq + 1))

    assert refused.reason == "SEQ_OUT_OF_RANGE"


async def test_what_the_user_said_is_no_reply(chat: Chat):
    conversation = await chat.conversation()
    await chat.completed(conversation)
    said = (await chat.listed(conversation))[0]

    refused = await refusal(chat.resume(said.name))

    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "NOT_A_REPLY"


async def test_nobody_reads_another_users_reply(chat: Chat, stranger: Chat):
    reply = await chat.completed(await chat.conversation())

    refused = await refusal(
        stranger.messages.ResumeReply(
            pb.ResumeReplyRequest(name=reply.name), metadata=stranger.me
        )
    )

    assert refused.code is grpc.StatusCode.PERMISSION_DENIED
