"""ListConversations with its views and filters, called as a client calls it."""

from typing import Any
from uuid import uuid4

import pytest

from parley.chat.v1 import conversation_service_pb2 as pb
from parley.chat.v1 import folder_service_pb2 as folders_pb
from parley.chat.v1 import folder_service_pb2_grpc as folders_grpc
from tests.calls import everything, refusal
from tests.chat.conftest import Chat

View = pb.ListConversationsRequest


async def create(chat: Chat, title: str, **fields: Any) -> str:
    request = pb.CreateConversationRequest(
        parent=f"users/{chat.user}",
        conversation=pb.Conversation(title=title, **fields),
    )
    created = await chat.conversations.CreateConversation(request, metadata=chat.me)
    return created.conversation.name


async def folder(chat: Chat) -> str:
    stub: folders_grpc.FolderServiceAsyncStub = folders_grpc.FolderServiceStub(
        chat.channel
    )
    request = folders_pb.CreateFolderRequest(
        parent=f"users/{chat.user}", folder=folders_pb.Folder(display_name="Work")
    )
    return (await stub.CreateFolder(request, metadata=chat.me)).folder.name


async def page(chat: Chat, **request: Any) -> pb.ListConversationsResponse:
    return await chat.conversations.ListConversations(
        pb.ListConversationsRequest(parent=f"users/{chat.user}", **request),
        metadata=chat.me,
    )


async def titles(chat: Chat, **request: Any) -> list[str]:
    """Return the titles of all pages, each of two."""
    found, token = [], ""
    while True:
        one = await page(chat, page_size=2, page_token=token, **request)
        found += [conversation.title for conversation in one.conversations]
        if not (token := one.next_page_token):
            return found


async def test_the_pinned_come_first_and_then_the_latest_used(chat: Chat):
    names = {
        title: await create(chat, title, pinned=title in "bd") for title in "abcde"
    }
    await everything(chat.send(names["a"]))
    await everything(chat.send(names["b"]))

    assert await titles(chat) == ["b", "d", "a", "e", "c"]


async def test_each_view_lists_its_own(chat: Chat):
    await create(chat, "plain")
    await create(chat, "pinned", pinned=True)
    await create(chat, "archived", archived=True)
    await create(chat, "archived and pinned", archived=True, pinned=True)
    await create(chat, "temporary", temporary=True)
    gone = await create(chat, "deleted")
    await chat.conversations.DeleteConversation(
        pb.DeleteConversationRequest(name=gone), metadata=chat.me
    )

    assert await titles(chat) == ["pinned", "plain"]
    assert await titles(chat, view=View.VIEW_PINNED) == ["pinned"]
    assert await titles(chat, view=View.VIEW_ARCHIVED) == [
        "archived and pinned",
        "archived",
    ]
    assert await titles(chat, view=View.VIEW_DELETED) == ["deleted"]


async def test_a_folder_and_a_tag_narrow_a_view(chat: Chat):
    work = await folder(chat)
    await create(chat, "1", folder=work, tags=["Plan"])
    await create(chat, "2", folder=work)
    await create(chat, "3", tags=["PLAN", "other"])
    await create(chat, "4", folder=work, tags=["plan"], archived=True)

    assert await titles(chat, folder=work) == ["2", "1"]
    assert await titles(chat, tag=" pLaN ") == ["3", "1"]
    assert await titles(chat, folder=work, tag="plan") == ["1"]
    assert await titles(chat, folder=work, view=View.VIEW_ARCHIVED) == ["4"]
    assert await titles(chat, tag="pla") == []


async def test_a_page_goes_on_where_the_last_one_ended_whatever_changed(chat: Chat):
    names = [await create(chat, title) for title in "abcd"]
    one = await page(chat, page_size=2)
    await create(chat, "new")
    await chat.conversations.DeleteConversation(
        pb.DeleteConversationRequest(name=names[2]), metadata=chat.me
    )

    two = await page(chat, page_size=2, page_token=one.next_page_token)

    assert [c.title for c in one.conversations] == ["d", "c"]
    assert [c.title for c in two.conversations] == ["b", "a"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"view": 99}, "INVALID_FIELD"),
        ({"tag": "x" * 51}, "INVALID_FIELD"),
        ({"tag": "a\0b"}, "INVALID_FIELD"),
        ({"folder": "work"}, "INVALID_NAME"),
        ({"folder": f"users/{uuid4()}/folders/{uuid4()}"}, "FORBIDDEN"),
        ({"page_token": "VHJ1ZXwyMDI2"}, "INVALID_PAGE"),
        ({"page_token": "bWF5YmV8MjAyNi0wMS0wMXx4"}, "INVALID_PAGE"),
    ],
)
async def test_a_list_that_cannot_be_is_refused(
    chat: Chat, wrong: dict[str, Any], reason: str
):
    assert (await refusal(page(chat, **wrong))).reason == reason
