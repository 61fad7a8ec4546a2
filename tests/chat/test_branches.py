"""Regenerating, editing, continuing, several models, and waiting in line."""

from dataclasses import replace
from uuid import uuid4

import grpc
import pytest

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from services.llm.providers.continuing import GO_ON
from tests.calls import everything, refusal
from tests.chat.conftest import Chat
from tests.chat.events import assert_no_gap, contents, kinds, reply_of, text_of
from tests.chat.test_resume_reply import begun
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream


async def current(chat: Chat, conversation: str) -> str:
    """Return the last message of the branch that is shown."""
    got = await chat.conversations.GetConversation(
        conversations_pb.GetConversationRequest(name=conversation), metadata=chat.me
    )
    return got.conversation.current_message


async def test_another_reply_is_written_beside_the_first(
    chat: Chat, upstream: Upstream
):
    conversation = await chat.conversation()
    first = await chat.completed(conversation, "Why?")
    upstream.rescript(Script(tokens=("Because", ".")))

    events = await everything(
        chat.messages.RegenerateReply(
            pb.RegenerateReplyRequest(name=first.name), metadata=chat.me
        )
    )

    second = reply_of(events[-1])
    assert second.text == "Because."
    assert second.parent_message == first.parent_message
    assert contents(upstream.requests[-1].body["messages"]) == ["Why?"]
    assert await chat.get(first.name) == first
    assert await current(chat, conversation) == second.name
    assert_no_gap(events)


async def test_a_retry_of_regenerating_writes_nothing_anew(
    chat: Chat, upstream: Upstream
):
    first = await chat.completed(await chat.conversation())
    request = pb.RegenerateReplyRequest(name=first.name, request_id=str(uuid4()))

    replies = [
        reply_of(
            (
                await everything(
                    chat.messages.RegenerateReply(request, metadata=chat.me)
                )
            )[-1]
        )
        for _ in range(2)
    ]

    assert replies[0] == replies[1]
    assert upstream.counts["asked"] == 2


async def test_what_was_said_can_be_said_otherwise(chat: Chat, upstream: Upstream):
    conversation = await chat.conversation()
    await chat.completed(conversation, "One")
    await chat.completed(conversation, "Two")
    said = (await chat.listed(conversation))[2]

    events = await everything(
        chat.messages.EditMessage(
            pb.EditMessageRequest(name=said.name, text="Zwei"), metadata=chat.me
        )
    )

    edited = events[0].event.accepted.message
    assert edited.text == "Zwei"
    assert edited.parent_message == said.parent_message
    shown = contents(upstream.requests[-1].body["messages"])
    assert shown[0] == "One"
    assert shown[2:] == ["Zwei"]
    assert len(await chat.listed(conversation)) == 6


async def test_the_very_first_message_can_be_said_otherwise(chat: Chat):
    conversation = await chat.conversation()
    await chat.completed(conversation, "One")
    said = (await chat.listed(conversation))[0]

    events = await everything(
        chat.messages.EditMessage(
            pb.EditMessageRequest(name=said.name, text="Eins"), metadata=chat.me
        )
    )

    assert events[0].event.accepted.message.parent_message == ""
    assert kinds(events)[-1] == "completed"


async def test_a_stopped_reply_goes_on_in_a_new_one(chat: Chat, upstream: Upstream):
    name, _, text = await begun(chat, upstream, seen=7)
    stopped = await chat.stop(name)
    upstream.rescript(Script(tokens=(" and", " so", " on")))

    events = await everything(
        chat.messages.ContinueReply(
            pb.ContinueReplyRequest(name=name), metadata=chat.me
        )
    )

    whole = reply_of(events[-1])
    assert whole.text == text_of(events) == text + " and so on"
    assert whole.parent_message == stopped.parent_message
    shown = contents(upstream.requests[-1].body["messages"])
    assert shown == ["Hi", text, GO_ON.text]
    assert_no_gap(events)


async def test_a_whole_reply_cannot_go_on(chat: Chat):
    reply = await chat.completed(await chat.conversation())

    refused = await refusal(
        chat.messages.ContinueReply(
            pb.ContinueReplyRequest(name=reply.name), metadata=chat.me
        )
    )

    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "REPLY_COMPLETED"


async def test_the_next_message_follows_the_branch_that_is_shown(
    chat: Chat, upstream: Upstream
):
    conversation = await chat.conversation()
    first = await chat.completed(conversation, "Why?")
    await everything(
        chat.messages.RegenerateReply(
            pb.RegenerateReplyRequest(name=first.name), metadata=chat.me
        )
    )
    await chat.conversations.UpdateConversation(
        conversations_pb.UpdateConversationRequest(
            conversation=conversations_pb.Conversation(
                name=conversation, current_message=first.name
            )
        ),
        metadata=chat.me,
    )

    events = await everything(chat.send(conversation, "And then?"))

    assert events[0].event.accepted.message.parent_message == first.name


async def test_several_models_answer_side_by_side(chat: Chat, upstream: Upstream):
    conversation = await chat.conversation()
    models = ("scripted-3x0ms", "scripted-5x0ms", "scripted-7x0ms")

    events = await everything(chat.send(conversation, models=models))

    accepted = events[0].event.accepted
    siblings = [
        reply_of((await everything(chat.resume(reply.name)))[-1])
        for reply in accepted.siblings
    ]
    replies = [reply_of(events[-1]), *siblings]
    assert [len(reply.text.split()) for reply in replies] == [3, 5, 7]
    assert {reply.parent_message for reply in replies} == {accepted.message.name}
    assert await current(chat, conversation) == replies[0].name


async def test_a_retry_names_the_same_siblings(chat: Chat):
    conversation, request_id = await chat.conversation(), str(uuid4())
    models = ("scripted-3x0ms", "scripted-5x0ms")

    first, second = [
        (
            await everything(
                chat.send(conversation, models=models, request_id=request_id)
            )
        )[0].event.accepted
        for _ in range(2)
    ]

    assert [each.name for each in first.siblings] == [
        each.name for each in second.siblings
    ]
    assert len(await chat.listed(conversation)) == 3


@pytest.mark.parametrize("models", [("a", "a"), ("a", "b", "c", "d", "e")])
async def test_each_model_is_asked_once_and_few_at_a_time(
    chat: Chat, models: tuple[str, ...]
):
    conversation = await chat.conversation()

    refused = await refusal(chat.send(conversation, models=models))

    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "additional_models"
    assert await chat.listed(conversation) == []


async def test_the_next_message_waits_for_the_reply(chat: Chat, upstream: Upstream):
    name, _, _ = await begun(chat, upstream, seen=3)
    conversation = name.rpartition("/messages/")[0]
    waiting = chat.send(conversation, "Next", queue=True)
    accepted = (await anext(aiter(waiting))).event.accepted
    assert accepted.reply.state == message_pb.Message.STATE_QUEUED
    assert upstream.counts["asked"] == 1

    upstream.release()
    events = await everything(waiting)

    assert reply_of(events[-1]).text == upstream.script.text
    shown = contents(upstream.requests[-1].body["messages"])
    assert shown == ["Hi", upstream.script.text, "Next"]


async def test_a_message_that_waits_can_be_stopped(chat: Chat, upstream: Upstream):
    name, _, _ = await begun(chat, upstream, seen=3)
    conversation = name.rpartition("/messages/")[0]
    waiting = chat.send(conversation, "Next", queue=True)
    queued = (await anext(aiter(waiting))).event.accepted.reply

    stopped = await chat.stop(queued.name)

    assert stopped.state == message_pb.Message.STATE_STOPPED
    assert kinds(await everything(waiting))[-1] == "stopped"
    upstream.release()


async def test_ten_messages_may_wait(chat: Chat, upstream: Upstream):
    name, _, _ = await begun(chat, upstream, seen=3)
    conversation = name.rpartition("/messages/")[0]
    for _ in range(10):
        await anext(aiter(chat.send(conversation, queue=True)))

    refused = await refusal(chat.send(conversation, queue=True))

    assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.reason == "QUEUE_FULL"
    upstream.release()


async def test_a_reply_is_rated_and_the_rating_taken_back(chat: Chat):
    reply = await chat.completed(await chat.conversation())
    rating = message_pb.Rating(
        score=message_pb.Rating.SCORE_BAD,
        reasons=[message_pb.Rating.REASON_ACCURACY, message_pb.Rating.REASON_STYLE],
        comment="No.",
    )

    rated = await chat.messages.RateMessage(
        pb.RateMessageRequest(name=reply.name, rating=rating), metadata=chat.me
    )
    shown = await chat.get(reply.name)
    unrated = await chat.messages.RateMessage(
        pb.RateMessageRequest(name=reply.name), metadata=chat.me
    )

    assert rated.message.rating == shown.rating == rating
    assert not unrated.message.HasField("rating")


@pytest.mark.asvs("2.2.3")
async def test_a_parent_of_another_conversation_stores_nothing(chat: Chat):
    reply = await chat.completed(await chat.conversation())
    other = await chat.conversation()

    refused = await refusal(chat.send(other, parent_message=reply.name))

    assert refused.reason == "INVALID_NAME"
    assert await chat.listed(other) == []


async def test_a_branch_is_as_deep_as_it_is_and_no_deeper(
    chat: Chat, upstream: Upstream
):
    upstream.rescript(replace(upstream.script, tokens=("ok",)))
    conversation = await chat.conversation()
    for number in range(4):
        await chat.completed(conversation, str(number))

    shown = contents(upstream.requests[-1].body["messages"])

    assert shown == ["0", "ok", "1", "ok", "2", "ok", "3"]
