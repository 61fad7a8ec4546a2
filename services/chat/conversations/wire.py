"""Conversations and folders as protobuf: there and back."""

from collections.abc import Iterable
from uuid import UUID

from parley.chat.v1 import conversation_service_pb2 as pb
from parley.chat.v1 import folder_service_pb2 as folders_pb
from services.chat.conversations.model import (
    MAX_TITLE,
    Change,
    Conversation,
    Folder,
    Listing,
    MessageNotFound,
    Retention,
    View,
    normalised_tags,
    one_tag,
)
from services.chat.names import ConversationName, FolderName, MessageName
from services.kit.caller import require
from services.kit.errors import InvalidField
from services.kit.lines import one_line
from services.kit.times import timestamp

MUTABLE = ("title", "archived", "pinned", "tags", "folder", "current_message")

VIEWS: dict[int, View] = {
    pb.ListConversationsRequest.VIEW_UNSPECIFIED: "default",
    pb.ListConversationsRequest.VIEW_ARCHIVED: "archived",
    pb.ListConversationsRequest.VIEW_DELETED: "deleted",
    pb.ListConversationsRequest.VIEW_PINNED: "pinned",
}


def to_conversation(
    user_id: UUID, conversation: Conversation, retention: Retention
) -> pb.Conversation:
    """Put a conversation on the wire."""
    name = ConversationName(user_id, conversation.id)
    folder, current = conversation.folder_id, conversation.current_message_id
    return pb.Conversation(
        name=str(name),
        title=conversation.title,
        create_time=timestamp(conversation.create_time),
        update_time=timestamp(conversation.update_time),
        archived=conversation.archived,
        pinned=conversation.pinned,
        tags=conversation.tags,
        folder=str(FolderName(user_id, folder)) if folder else "",
        current_message=str(MessageName(name, current)) if current else "",
        temporary=conversation.temporary,
        delete_time=timestamp(conversation.delete_time),
        purge_time=timestamp(retention.purge_time(conversation)),
    )


def to_folder(user_id: UUID, folder: Folder) -> folders_pb.Folder:
    """Put a folder on the wire."""
    return folders_pb.Folder(
        name=str(FolderName(user_id, folder.id)),
        display_name=folder.display_name,
        create_time=timestamp(folder.create_time),
    )


def from_conversation(
    name: ConversationName, conversation: pb.Conversation, fields: Iterable[str]
) -> Change:
    """Read what fields of a conversation are to be."""
    change: Change = {}
    for field in fields:
        match field:
            case "title":
                change["title"] = one_line(
                    "conversation.title", conversation.title, maximum=MAX_TITLE
                )
            case "archived":
                change["archived"] = conversation.archived
            case "pinned":
                change["pinned"] = conversation.pinned
            case "tags":
                change["tags"] = normalised_tags("conversation.tags", conversation.tags)
            case "folder":
                change["folder_id"] = parse_folder(conversation.folder)
            case "current_message":
                change["current_message_id"] = parse_message(
                    name, conversation.current_message
                )
    return change


def from_listing(request: pb.ListConversationsRequest) -> Listing:
    """Read which conversations to list."""
    if request.view not in VIEWS:
        raise InvalidField(field="view", expected="a view")
    return Listing(
        view=VIEWS[request.view],
        folder_id=parse_folder(request.folder),
        tag=one_tag("tag", request.tag) if request.tag else None,
    )


def parse_folder(name: str) -> UUID | None:
    """Read a folder, which has to be the caller's own; None if there is no name."""
    if not name:
        return None
    folder = FolderName.parse(name)
    require(folder.user_id)
    return folder.id


def parse_message(of: ConversationName, name: str) -> UUID | None:
    """Read a message of a conversation; None if there is no name."""
    if not name:
        return None
    message = MessageName.parse(name)
    require(message.conversation.user_id)
    if message.conversation != of:
        raise MessageNotFound(message=message)
    return message.id
