"""FolderService, called as a client calls it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import grpc
import psycopg
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import folder_service_pb2 as pb
from parley.chat.v1 import folder_service_pb2_grpc as pb_grpc
from services.chat.conversations import folder_store
from tests.calls import refusal
from tests.chat.conftest import Chat

FILL = """
    INSERT INTO folders (user_id, id, display_name, create_time)
    SELECT %s, gen_random_uuid(), 'Folder ' || n, now() FROM generate_series(1, %s) n
"""
WAITING = """
    SELECT count(*)::int FROM pg_locks JOIN pg_database d ON d.oid = database
    WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""
EVENTS = "SELECT kind, resource_id::text FROM events WHERE user_id = %s ORDER BY seq"


def stub(chat: Chat) -> pb_grpc.FolderServiceAsyncStub:
    return pb_grpc.FolderServiceStub(chat.channel)


async def create(chat: Chat, display_name: str, request_id: str = "") -> pb.Folder:
    request = pb.CreateFolderRequest(
        parent=f"users/{chat.user}",
        folder=pb.Folder(display_name=display_name),
        request_id=request_id,
    )
    return (await stub(chat).CreateFolder(request, metadata=chat.me)).folder


async def rename(
    chat: Chat, name: str, display_name: str, *mask: str, request_id: str = ""
) -> pb.Folder:
    request = pb.UpdateFolderRequest(
        folder=pb.Folder(name=name, display_name=display_name),
        update_mask=FieldMask(paths=mask),
        request_id=request_id,
    )
    return (await stub(chat).UpdateFolder(request, metadata=chat.me)).folder


async def delete(chat: Chat, name: str, **options: Any) -> None:
    request = pb.DeleteFolderRequest(name=name, **options)
    await stub(chat).DeleteFolder(request, metadata=chat.me)


async def page(chat: Chat, size: int = 0, token: str = "") -> pb.ListFoldersResponse:
    request = pb.ListFoldersRequest(
        parent=f"users/{chat.user}", page_size=size, page_token=token
    )
    return await stub(chat).ListFolders(request, metadata=chat.me)


async def names(chat: Chat, size: int = 0) -> list[str]:
    found, token = [], ""
    while True:
        one = await page(chat, size, token)
        found += [folder.display_name for folder in one.folders]
        if not (token := one.next_page_token):
            return found


async def test_folders_are_listed_by_their_names_in_pages(chat: Chat):
    for name in ("b|b", "C", "a", "A", "a", "Ä"):
        await create(chat, name)

    listed = await names(chat, 1)

    assert listed == await names(chat)
    assert [name.lower() for name in listed] == ["a", "a", "a", "b|b", "c", "ä"]


async def test_a_folder_is_renamed(chat: Chat):
    before = await create(chat, "Old")

    after = await rename(chat, before.name, "New")

    assert (after.name, after.create_time) == (before.name, before.create_time)
    assert await names(chat) == ["New"]
    assert (await rename(chat, before.name, "Newer", "*")).display_name == "Newer"


async def test_a_deleted_folder_leaves_its_conversations_in_none(chat: Chat):
    folder, other = await create(chat, "Work"), await create(chat, "Other")
    kept = [await conversation(chat, within) for within in (folder, other)]

    await delete(chat, folder.name)

    assert await names(chat) == ["Other"]
    assert [await folder_of(chat, name) for name in kept] == ["", other.name]


async def test_deleting_one_that_is_not_there_is_an_error_unless_it_may_be_missing(
    chat: Chat,
):
    unknown = f"users/{chat.user}/folders/{uuid4()}"

    refused = await refusal(delete(chat, unknown))

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.NOT_FOUND,
        "FOLDER_NOT_FOUND",
    )
    assert refused.metadata == {"folder": unknown}
    await delete(chat, unknown, allow_missing=True)
    assert (await refusal(rename(chat, unknown, "x"))).reason == "FOLDER_NOT_FOUND"


async def test_a_user_has_500_folders_at_most(chat: Chat, chat_database: str):
    with psycopg.connect(chat_database) as connection:
        connection.execute(FILL, (chat.user, 499))

    await create(chat, "The last")

    refused = await refusal(create(chat, "One more"))
    assert (refused.code, refused.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "TOO_MANY_FOLDERS",
    )
    assert len(await names(chat, 200)) == 500


async def test_two_folders_at_once_are_not_one_too_many(chat: Chat, chat_database: str):
    with psycopg.connect(chat_database) as other:
        other.execute(folder_store.QUEUE, {"user_id": chat.user})
        other.execute(FILL, (chat.user, 500))
        creating = asyncio.create_task(refusal(create(chat, "One more")))
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(AssertionError),
            stop=stop_after_delay(10),
            wait=wait_fixed(0.02),
            reraise=True,
        ):
            with attempt:
                assert other.execute(WAITING).fetchone() == (1,)

    assert (await creating).reason == "TOO_MANY_FOLDERS"


async def test_retries_change_nothing_again(chat: Chat, chat_database: str):
    made, renamed, gone = (str(uuid4()) for _ in range(3))
    folder = await create(chat, "Work", made)
    assert await create(chat, "Work", made) == folder
    await rename(chat, folder.name, "First", request_id=renamed)
    await rename(chat, folder.name, "Second")
    again = await rename(chat, folder.name, "First", request_id=renamed)
    assert again.display_name == "Second"
    await delete(chat, folder.name, request_id=gone)
    await delete(chat, folder.name, request_id=gone)

    refused = await refusal(create(chat, "Other", made))

    assert refused.reason == "REQUEST_ID_REUSED"
    with psycopg.connect(chat_database) as connection:
        events = connection.execute(EVENTS, (chat.user,)).fetchall()
    assert events == [("folder_changed", folder.name.rpartition("/")[2])] * 4


@pytest.mark.parametrize("name", ["", "x" * 101, "a\0b", "a\nb", "\u202ea"])
async def test_a_name_that_cannot_be_is_refused(chat: Chat, name: str):
    folder = await create(chat, "Work")

    for call in (create(chat, name), rename(chat, folder.name, name)):
        assert (await refusal(call)).reason == "INVALID_FIELD"
    assert await names(chat) == ["Work"]


async def test_a_mask_with_another_path_is_refused(chat: Chat):
    folder = await create(chat, "Work")

    refused = await refusal(rename(chat, folder.name, "New", "colour"))

    assert refused.metadata["path"] == "colour"


@pytest.mark.parametrize("token", ["x", "MDB8eA==", "enp8eA=="])
async def test_a_page_that_cannot_be_is_refused(chat: Chat, token: str):
    assert (await refusal(page(chat, 1, token))).reason == "INVALID_PAGE"


async def test_nobody_reaches_the_folders_of_another(chat: Chat, stranger: Chat):
    folder = await create(chat, "Work")

    for call in (
        rename(stranger, folder.name, "Mine"),
        delete(stranger, folder.name),
        stub(stranger).ListFolders(
            pb.ListFoldersRequest(parent=f"users/{chat.user}"), metadata=stranger.me
        ),
        stub(stranger).CreateFolder(
            pb.CreateFolderRequest(
                parent=f"users/{chat.user}", folder=pb.Folder(display_name="x")
            ),
            metadata=stranger.me,
        ),
    ):
        assert (await refusal(call)).reason == "FORBIDDEN"
    assert await names(stranger) == []
    assert await names(chat) == ["Work"]


async def conversation(chat: Chat, folder: pb.Folder) -> str:
    request = conversations_pb.CreateConversationRequest(
        parent=f"users/{chat.user}",
        conversation=conversations_pb.Conversation(folder=folder.name),
    )
    created = await chat.conversations.CreateConversation(request, metadata=chat.me)
    return created.conversation.name


async def folder_of(chat: Chat, name: str) -> str:
    request = conversations_pb.GetConversationRequest(name=name)
    found = await chat.conversations.GetConversation(request, metadata=chat.me)
    return found.conversation.folder
