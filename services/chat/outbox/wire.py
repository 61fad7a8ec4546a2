"""Events as protobuf."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from parley.event.v1 import event_pb2 as pb
from services.chat.names import ConversationName, FolderName, MessageName, ShareName
from services.chat.outbox.model import DATA, Kind, Recorded
from services.kit.times import timestamp

Fields = dict[str, Any]


def conversation_name(event: Recorded) -> ConversationName:
    """Name the conversation that an event is about."""
    assert event.conversation_id
    return ConversationName(event.user_id, event.conversation_id)


def resource_id(event: Recorded) -> UUID:
    """Identify the message, folder, share or import that an event is about."""
    assert event.resource_id
    return event.resource_id


def conversation(event: Recorded) -> Fields:
    """Say which conversation."""
    return {"conversation": str(conversation_name(event))}


def message(event: Recorded) -> Fields:
    """Say which message."""
    return {"message": str(MessageName(conversation_name(event), resource_id(event)))}


def messages(event: Recorded) -> Fields:
    """Say which message, and which replies to come."""
    of = conversation_name(event)
    replies = [str(MessageName(of, UUID(id))) for id in event.data.get("replies", ())]
    return {**message(event), "replies": replies}


def reply(event: Recorded) -> Fields:
    """Say which reply ended, how, and what it cost."""
    known = {key: event.data[key] for key in DATA["reply_ended"] & event.data.keys()}
    return {"reply": message(event)["message"], **known}


def folder(event: Recorded) -> Fields:
    """Say which folder."""
    return {"folder": str(FolderName(event.user_id, resource_id(event)))}


def share(event: Recorded) -> Fields:
    """Say which link."""
    return {"share": str(ShareName(event.user_id, resource_id(event)))}


def imported(event: Recorded) -> Fields:
    """Say which import, and how much came of it."""
    return {
        "import_job": f"users/{event.user_id}/imports/{resource_id(event)}",
        "conversations": event.data.get("conversations", 0),
    }


def nothing(event: Recorded) -> Fields:
    """Say no more than the kind does."""
    return {}


FIELDS: Mapping[Kind, Callable[[Recorded], Fields]] = {
    "conversation_created": conversation,
    "conversation_updated": conversation,
    "conversation_deleted": conversation,
    "conversation_undeleted": conversation,
    "conversation_purged": conversation,
    "message_created": messages,
    "reply_ended": reply,
    "message_rated": message,
    "folder_changed": folder,
    "share_created": share,
    "share_deleted": share,
    "import_completed": imported,
    "user_data_erased": nothing,
}


def to_event(event: Recorded) -> pb.Event:
    """Put an event on the wire; one of a newer release's kind keeps its number."""
    fields: Any = {kind: of(event) for kind, of in FIELDS.items() if kind == event.kind}
    return pb.Event(
        id=str(event.id),
        user=f"users/{event.user_id}",
        seq=event.seq,
        create_time=timestamp(event.create_time),
        **fields,
    )
