"""UpdateConversation, called as a client calls it."""

from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from parley.chat.v1 import conversation_service_pb2 as pb
from parley.chat.v1 import folder_service_pb2 as folders_pb
from parley.chat.v1 import folder_service_pb2_grpc as folders_grpc
from tests.calls import everything, refusal
from tests.chat.conftest import Chat
from tests.chat.recorded import recorded


async def create(chat: Chat, **fields: Any) -> pb.Conversation:
    request = pb.CreateConversationRequest(
        parent=f"users/{chat.user}", conversation=pb.Conversation(**fields)
    )
    created = await chat.conversations.CreateConversation(request, metadata=chat.me)
    return created.conversation


async def update(
    chat: Chat, name: str, *mask: str, request_id: str = "", **fields: Any
) -> pb.Conversation:
    request = pb.UpdateConversationRequest(
        conversation=pb.Conversation(name=name, **fields),
        update_mask=FieldMask(paths=mask) if mask else None,
        request_id=request_id,
    )
    updated = await chat.conversations.UpdateConversation(request, metadata=chat.me)
    return updated.conversation


async def folder(chat: Chat) -> str:
    stub: folders_grpc.FolderServiceAsyncStub = folders_grpc.FolderServiceStub(
        chat.channel
    )
    request = folders_pb.CreateFolderRequest(
        parent=f"users/{chat.user}", folder=folders_pb.Folder(display_name="Work")
    )
    return (await stub.CreateFolder(request, metadata=chat.me)).folder.name


async def test_a_conversation_is_created_with_all_that_can_be_chosen(chat: Chat):
    work = await folder(chat)

    created = await create(
        chat, title="Plan", tags=["a", "b"], folder=work, pinned=True, archived=True
    )

    assert (created.title, list(created.tags), created.folder) == (
        "Plan",
        ["a", "b"],
        work,
    )
    assert created.pinned
    assert created.archived
    assert not created.HasField("purge_time")


async def test_without_a_mask_the_fields_with_a_value_are_changed(chat: Chat):
    before = await create(chat, title="Old", tags=["a"])

    after = await update(chat, before.name, title="New", pinned=True)

    assert (after.title, after.pinned, list(after.tags)) == ("New", True, ["a"])


async def test_a_mask_changes_its_fields_alone_and_can_clear_them(chat: Chat):
    before = await create(
        chat, title="Old", tags=["a"], pinned=True, folder=await folder(chat)
    )

    after = await update(chat, before.name, "tags", "folder", "pinned", title="New")

    assert (after.title, list(after.tags), after.folder) == ("Old", [], "")
    assert not after.pinned


async def test_a_star_means_every_field(chat: Chat):
    before = await create(chat, title="Old", tags=["a"], pinned=True)

    after = await update(chat, before.name, "*", archived=True)

    assert after.archived
    assert (after.title, list(after.tags), after.pinned) == ("", [], False)


@pytest.mark.asvs("8.2.3", "15.3.3")
@pytest.mark.parametrize("path", ["colour", "temporary", "update_time", "tags.0", ""])
async def test_a_mask_with_another_path_is_refused(chat: Chat, path: str):
    before = await create(chat, title="Old")

    refused = await refusal(update(chat, before.name, "title", path, title="New"))

    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert (refused.reason, refused.metadata["path"]) == ("INVALID_FIELD", path)


async def test_tags_lose_spaces_around_them_and_those_that_differ_in_case(chat: Chat):
    created = await create(chat, tags=[" Zürich ", "ZÜRICH", "zu\u0308rich", "a b"])

    assert list(created.tags) == ["Zürich", "a b"]


@pytest.mark.parametrize(
    "tags",
    [
        ["x" * 51],
        ["x" * 10_000],
        [" "],
        [""],
        ["a\0b"],
        ["a\nb"],
        ["\u202eabc"],
        [str(number) for number in range(21)],
    ],
)
async def test_tags_that_cannot_be_are_refused_and_change_nothing(
    chat: Chat, tags: list[str]
):
    before = await create(chat, title="Old", tags=["a"])

    refused = await refusal(update(chat, before.name, title="New", tags=tags))

    assert (refused.reason, refused.metadata["field"]) == (
        "INVALID_FIELD",
        "conversation.tags",
    )
    assert await update(chat, before.name) == before


@pytest.mark.parametrize("title", ["x" * 201, "a\0b", "a\u2028b", "a\u2067b"])
async def test_a_title_that_cannot_be_is_refused(chat: Chat, title: str):
    for call in (
        create(chat, title=title),
        update(chat, (await create(chat)).name, title=title),
    ):
        assert (await refusal(call)).metadata["field"] == "conversation.title"


@pytest.mark.asvs("2.2.3")
async def test_a_folder_has_to_be_there_and_the_users_own(chat: Chat, stranger: Chat):
    mine, theirs = (await create(chat)).name, await folder(stranger)
    unknown = f"users/{chat.user}/folders/{uuid4()}"

    forbidden = await refusal(update(chat, mine, folder=theirs))
    missing = await refusal(update(chat, mine, folder=unknown))
    malformed = await refusal(update(chat, mine, folder="work"))

    assert forbidden.reason == "FORBIDDEN"
    assert (missing.code, missing.reason) == (
        grpc.StatusCode.NOT_FOUND,
        "FOLDER_NOT_FOUND",
    )
    assert missing.metadata == {"folder": unknown}
    assert malformed.reason == "INVALID_NAME"
    assert (await refusal(create(chat, folder=unknown))).reason == "FOLDER_NOT_FOUND"


async def test_the_branch_that_is_shown_is_switched_to_a_message_of_the_conversation(
    chat: Chat,
):
    one, two = (await create(chat)).name, (await create(chat)).name
    await everything(chat.send(one))
    await everything(chat.send(two))
    said, _ = await chat.listed(one)
    other, _ = await chat.listed(two)

    assert (await update(chat, one, current_message=said.name)).current_message == (
        said.name
    )
    elsewhere = await refusal(update(chat, one, current_message=other.name))
    nowhere = await refusal(
        update(chat, one, current_message=f"{one}/messages/{uuid4()}")
    )
    assert {elsewhere.reason, nowhere.reason} == {"MESSAGE_NOT_FOUND"}
    assert (await update(chat, one, "current_message")).current_message == ""


async def test_a_title_of_the_users_is_not_found_anew(chat: Chat):
    name = (await create(chat)).name
    await update(chat, name, title="Mine")

    await everything(chat.send(name, "Hello there"))

    assert (await update(chat, name)).title == "Mine"


async def test_a_title_that_is_taken_away_is_found_in_the_next_message(chat: Chat):
    name = (await create(chat, title="Mine")).name
    assert (await update(chat, name, "title")).title == ""

    await everything(chat.send(name, "Hello there"))

    assert (await update(chat, name)).title == "Hello there"


async def test_a_retried_update_changes_nothing_again(chat: Chat, chat_database: str):
    name, id = (await create(chat)).name, str(uuid4())
    await update(chat, name, title="First", request_id=id)
    await update(chat, name, title="Second")

    again = await update(chat, name, title="First", request_id=id)
    other = await refusal(update(chat, name, title="Third", request_id=id))

    assert again.title == "Second"
    assert other.reason == "REQUEST_ID_REUSED"
    assert recorded(chat_database, chat.user) == [
        ("conversation_created", name),
        ("conversation_updated", name),
        ("conversation_updated", name),
    ]


async def test_an_update_is_not_a_use(chat: Chat):
    before = await create(chat)

    after = await update(chat, before.name, title="New")

    assert after.update_time == before.update_time


@pytest.mark.asvs("8.2.2")
async def test_what_is_not_there_or_anothers_cannot_be_changed(
    chat: Chat, stranger: Chat
):
    name = (await create(chat)).name
    unknown = f"users/{chat.user}/conversations/{uuid4()}"

    assert (await refusal(update(chat, unknown, title="x"))).reason == (
        "CONVERSATION_NOT_FOUND"
    )
    assert (await refusal(update(stranger, name, title="x"))).reason == "FORBIDDEN"
    nameless = await refusal(update(chat, "", title="x"))
    assert nameless.reason == "INVALID_NAME"


async def test_a_new_conversation_shows_no_message_yet(chat: Chat):
    name = (await create(chat)).name

    refused = await refusal(create(chat, current_message=f"{name}/messages/{uuid4()}"))

    assert refused.metadata["field"] == "conversation.current_message"
