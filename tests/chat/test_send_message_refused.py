"""What MessageService.SendMessage refuses: nothing is stored, nobody is asked."""

from dataclasses import replace
from uuid import uuid4

import grpc
import pytest

from services.chat.messages.model import MAX_TEXT
from tests.calls import everything, refusal
from tests.chat.conftest import Chat
from tests.doubles.upstream import Upstream


async def test_a_request_id_with_another_text_is_refused(chat: Chat):
    conversation = await chat.conversation()
    request_id = str(uuid4())
    await everything(chat.send(conversation, "Hi", request_id=request_id))

    refused = await refusal(chat.send(conversation, "Ho", request_id=request_id))

    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.reason == "REQUEST_ID_REUSED"


async def test_a_second_message_waits_for_the_first_reply(
    chat: Chat, upstream: Upstream
):
    upstream.rescript(replace(upstream.script, stall_after=0))
    conversation = await chat.conversation()
    running = chat.send(conversation)
    reply = (await anext(aiter(running))).event.accepted.reply.name

    refused = await refusal(chat.send(conversation, "And?"))

    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "REPLY_IN_PROGRESS"
    assert refused.metadata == {"message": reply}


@pytest.mark.parametrize("text", ["", "x" * (MAX_TEXT + 1), "NUL \0 inside"])
async def test_a_text_that_is_empty_too_long_or_not_text_is_refused(
    chat: Chat, text: str
):
    conversation = await chat.conversation()

    refused = await refusal(chat.send(conversation, text))

    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "text"
    assert await chat.listed(conversation) == []


async def test_another_users_conversation_is_forbidden_whether_it_exists_or_not(
    chat: Chat, stranger: Chat
):
    existing = await chat.conversation()
    missing = f"users/{chat.user}/conversations/{uuid4()}"

    answers = [await refusal(stranger.send(name)) for name in (existing, missing)]

    assert {answer.code for answer in answers} == {grpc.StatusCode.PERMISSION_DENIED}
    assert {answer.reason for answer in answers} == {"FORBIDDEN"}
    assert await chat.listed(existing) == []


async def test_a_conversation_that_is_not_there_is_not_found(chat: Chat):
    name = f"users/{chat.user}/conversations/{uuid4()}"

    refused = await refusal(chat.send(name))

    assert refused.code is grpc.StatusCode.NOT_FOUND
    assert refused.reason == "CONVERSATION_NOT_FOUND"
    assert refused.metadata == {"conversation": name}


@pytest.mark.asvs("2.2.3")
async def test_a_message_cannot_follow_one_of_another_conversation(chat: Chat):
    first, second = await chat.conversation(), await chat.conversation()
    reply = (await everything(chat.send(first)))[-1].event.completed.reply.name

    refused = await refusal(chat.send(second, parent_message=reply))

    assert refused.reason == "INVALID_NAME"
    assert await chat.listed(second) == []
