"""ConversationService, and the lists of messages, called as a client calls them."""

from uuid import uuid4

import grpc
import pytest

from parley.chat.v1 import conversation_service_pb2 as pb
from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as messages_pb
from tests.calls import everything, refusal
from tests.chat.conftest import Chat


async def page(chat: Chat, **request: int | str) -> pb.ListConversationsResponse:
    return await chat.conversations.ListConversations(
        pb.ListConversationsRequest(parent=f"users/{chat.user}", **request),  # type: ignore[arg-type]  # by name
        metadata=chat.me,
    )


async def test_conversations_are_listed_the_latest_used_first_in_pages(chat: Chat):
    first, second, third = [await chat.conversation() for _ in range(3)]
    await everything(chat.send(first))

    one = await page(chat, page_size=2)
    two = await page(chat, page_size=2, page_token=one.next_page_token)

    assert [c.name for c in (*one.conversations, *two.conversations)] == [
        first,
        third,
        second,
    ]
    assert not two.next_page_token


@pytest.mark.asvs("8.2.2")
async def test_nobody_sees_the_conversations_of_another(chat: Chat, stranger: Chat):
    await chat.conversation()

    assert list((await page(stranger)).conversations) == []


@pytest.mark.parametrize("wrong", [{"page_size": -1}, {"page_token": "x"}])
async def test_a_page_that_cannot_be_is_refused(chat: Chat, wrong: dict[str, int]):
    refused = await refusal(page(chat, **wrong))

    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.reason == "INVALID_PAGE"


async def test_a_retried_creation_answers_with_the_first_conversation(chat: Chat):
    request = pb.CreateConversationRequest(
        parent=f"users/{chat.user}",
        conversation=pb.Conversation(title="Once"),
        request_id=str(uuid4()),
    )

    created = [
        (
            await chat.conversations.CreateConversation(request, metadata=chat.me)
        ).conversation
        for _ in range(2)
    ]

    assert created[0] == created[1]
    assert len((await page(chat)).conversations) == 1


async def test_a_title_that_is_too_long_is_refused(chat: Chat):
    request = pb.CreateConversationRequest(
        parent=f"users/{chat.user}", conversation=pb.Conversation(title="x" * 201)
    )

    refused = await refusal(
        chat.conversations.CreateConversation(request, metadata=chat.me)
    )

    assert refused.metadata["field"] == "conversation.title"


async def test_messages_are_listed_oldest_first_in_pages(chat: Chat):
    name = await chat.conversation()
    for text in ("1", "2"):
        await everything(chat.send(name, text))
    whole = await chat.listed(name)

    seen: list[message_pb.Message] = []
    token = ""
    for _ in range(4):
        listed = await chat.messages.ListMessages(
            messages_pb.ListMessagesRequest(parent=name, page_size=1, page_token=token),
            metadata=chat.me,
        )
        seen += listed.messages
        token = listed.next_page_token

    assert seen == whole
    assert [message.text for message in whole[::2]] == ["1", "2"]
    assert token == ""


async def test_reads_of_another_users_things_are_forbidden(chat: Chat, stranger: Chat):
    name = await chat.conversation()
    reply = (await everything(chat.send(name)))[-1].event.completed.reply.name

    refusals = [
        await refusal(call)
        for call in (
            stranger.conversations.GetConversation(
                pb.GetConversationRequest(name=name), metadata=stranger.me
            ),
            stranger.conversations.DeleteConversation(
                pb.DeleteConversationRequest(name=name), metadata=stranger.me
            ),
            stranger.conversations.ListConversations(
                pb.ListConversationsRequest(parent=f"users/{chat.user}"),
                metadata=stranger.me,
            ),
            stranger.messages.GetMessage(
                messages_pb.GetMessageRequest(name=reply), metadata=stranger.me
            ),
            stranger.messages.ListMessages(
                messages_pb.ListMessagesRequest(parent=name), metadata=stranger.me
            ),
        )
    ]

    assert {refused.reason for refused in refusals} == {"FORBIDDEN"}
    assert await chat.listed(name)


async def test_without_a_token_nothing_is_answered(chat: Chat):
    refused = await refusal(
        chat.conversations.ListConversations(
            pb.ListConversationsRequest(parent=f"users/{chat.user}")
        )
    )

    assert refused.code is grpc.StatusCode.UNAUTHENTICATED
    assert refused.reason == "UNAUTHENTICATED"
