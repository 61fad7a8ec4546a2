"""Deleting conversations and having them back, called as a client calls them."""

from datetime import timedelta
from uuid import uuid4

import grpc

from parley.chat.v1 import conversation_service_pb2 as pb
from tests.calls import everything, refusal
from tests.chat.conftest import Chat
from tests.chat.recorded import recorded
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream

ANY = pb.ListConversationsRequest


async def create(chat: Chat, *, temporary: bool = False) -> str:
    request = pb.CreateConversationRequest(
        parent=f"users/{chat.user}", conversation=pb.Conversation(temporary=temporary)
    )
    created = await chat.conversations.CreateConversation(request, metadata=chat.me)
    return created.conversation.name


async def get(chat: Chat, name: str) -> pb.Conversation:
    request = pb.GetConversationRequest(name=name)
    return (
        await chat.conversations.GetConversation(request, metadata=chat.me)
    ).conversation


async def delete(
    chat: Chat, name: str, *, allow_missing: bool = False, request_id: str = ""
) -> pb.DeleteConversationResponse:
    return await chat.conversations.DeleteConversation(
        pb.DeleteConversationRequest(
            name=name, allow_missing=allow_missing, request_id=request_id
        ),
        metadata=chat.me,
    )


async def undelete(chat: Chat, name: str, request_id: str = "") -> pb.Conversation:
    request = pb.UndeleteConversationRequest(name=name, request_id=request_id)
    return (
        await chat.conversations.UndeleteConversation(request, metadata=chat.me)
    ).conversation


async def listed(
    chat: Chat, view: pb.ListConversationsRequest.View.ValueType = ANY.VIEW_UNSPECIFIED
) -> list[str]:
    request = pb.ListConversationsRequest(parent=f"users/{chat.user}", view=view)
    page = await chat.conversations.ListConversations(request, metadata=chat.me)
    return [conversation.name for conversation in page.conversations]


async def test_a_deleted_conversation_shows_when_and_until_when(chat: Chat):
    name = await create(chat)

    deleted = (await delete(chat, name)).conversation

    assert await get(chat, name) == deleted
    kept = deleted.purge_time.ToDatetime() - deleted.delete_time.ToDatetime()
    assert kept == timedelta(days=30)
    assert await listed(chat) == []
    assert await listed(chat, ANY.VIEW_DELETED) == [name]


async def test_nothing_can_be_done_with_a_deleted_conversation(chat: Chat):
    name = await create(chat)
    await delete(chat, name)

    update = pb.UpdateConversationRequest(
        conversation=pb.Conversation(name=name, title="New")
    )
    refusals = [
        await refusal(call)
        for call in (
            chat.send(name),
            delete(chat, name),
            chat.conversations.UpdateConversation(update, metadata=chat.me),
        )
    ]

    assert {refused.reason for refused in refusals} == {"CONVERSATION_NOT_FOUND"}
    assert {refused.code for refused in refusals} == {grpc.StatusCode.NOT_FOUND}


async def test_a_conversation_is_had_back_as_it_was(chat: Chat, chat_database: str):
    name = await create(chat)
    await everything(chat.send(name))
    before, messages = await get(chat, name), await chat.listed(name)
    await delete(chat, name)

    back = await undelete(chat, name)

    assert back == before
    assert await chat.listed(name) == messages
    assert await listed(chat) == [name]
    assert recorded(chat_database, chat.user, "conversation_")[-2:] == [
        ("conversation_deleted", name),
        ("conversation_undeleted", name),
    ]


async def test_one_that_is_not_deleted_stays_as_it_is(chat: Chat, chat_database: str):
    name = await create(chat)

    assert await undelete(chat, name) == await get(chat, name)
    assert recorded(chat_database, chat.user) == [("conversation_created", name)]


async def test_deleting_twice_is_an_error_unless_it_may_be_missing(chat: Chat):
    name = await create(chat)
    deleted = await delete(chat, name)

    refused = await refusal(delete(chat, name))

    assert refused.code is grpc.StatusCode.NOT_FOUND
    assert await delete(chat, name, allow_missing=True) == deleted
    unknown = f"users/{chat.user}/conversations/{uuid4()}"
    empty = pb.DeleteConversationResponse()
    assert await delete(chat, unknown, allow_missing=True) == empty


async def test_a_retry_answers_with_the_conversation_as_it_is_now(chat: Chat):
    name, id = await create(chat), str(uuid4())
    await delete(chat, name, request_id=id)
    await undelete(chat, name)

    again = await delete(chat, name, request_id=id)

    assert again.conversation == await get(chat, name)
    assert await listed(chat) == [name]


async def test_a_request_id_is_good_for_one_request(chat: Chat):
    name, id = await create(chat), str(uuid4())
    await delete(chat, name, request_id=id)

    refused = await refusal(undelete(chat, name, id))

    assert refused.reason == "REQUEST_ID_REUSED"
    assert await listed(chat) == []


async def test_a_reply_in_progress_is_stopped(chat: Chat, upstream: Upstream):
    upstream.rescript(Script(stall_after=0))
    name = await create(chat)
    running = chat.send(name)
    await anext(aiter(running))

    await delete(chat, name)
    last = [event async for event in running][-1].event

    assert last.WhichOneof("event") == "stopped"


async def test_a_temporary_conversation_is_gone_at_once(chat: Chat, chat_database: str):
    name = await create(chat, temporary=True)
    await everything(chat.send(name))

    response = await delete(chat, name)

    assert response == pb.DeleteConversationResponse()
    for call in (get(chat, name), undelete(chat, name), delete(chat, name)):
        assert (await refusal(call)).reason == "CONVERSATION_NOT_FOUND"
    assert recorded(chat_database, chat.user, "conversation_")[-1] == (
        "conversation_purged",
        name,
    )


async def test_a_temporary_one_is_gone_for_its_user_while_its_reply_stops(
    chat: Chat, upstream: Upstream
):
    upstream.rescript(Script(stall_after=0))
    name = await create(chat, temporary=True)
    running = chat.send(name)
    await anext(aiter(running))

    await delete(chat, name)

    for call in (get(chat, name), undelete(chat, name), chat.send(name)):
        assert (await refusal(call)).reason == "CONVERSATION_NOT_FOUND"
    assert await listed(chat, ANY.VIEW_DELETED) == []
    last = [event async for event in running][-1].event
    assert last.WhichOneof("event") == "stopped"


async def test_nobody_deletes_what_is_another_users(chat: Chat, stranger: Chat):
    name = await create(chat)

    for call in (delete(stranger, name), undelete(stranger, name)):
        assert (await refusal(call)).reason == "FORBIDDEN"
    assert await listed(chat) == [name]
