"""Links as protobuf."""

from uuid import UUID

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import share_service_pb2 as pb
from services.chat.names import ConversationName, ShareName
from services.chat.shares.model import Share, SharedMessage, Snapshot
from services.kit.times import timestamp

ROLES = {
    "user": message_pb.ROLE_USER,
    "assistant": message_pb.ROLE_ASSISTANT,
}


def to_share(user_id: UUID, share: Share) -> pb.Share:
    """Put a link on the wire."""
    return pb.Share(
        name=str(ShareName(user_id, share.id)),
        conversation=str(ConversationName(user_id, share.conversation_id)),
        title=share.title,
        token=share.token,
        signed_in_only=share.signed_in_only,
        truncated=share.truncated,
        create_time=timestamp(share.create_time),
        expire_time=timestamp(share.expire_time),
    )


def to_shown(snapshot: Snapshot) -> pb.GetSharedConversationResponse:
    """Put what a link leads to on the wire."""
    return pb.GetSharedConversationResponse(
        title=snapshot.title,
        truncated=snapshot.truncated,
        create_time=timestamp(snapshot.create_time),
        expire_time=timestamp(snapshot.expire_time),
        messages=map(to_message, snapshot.messages),
    )


def to_message(
    message: SharedMessage,
) -> pb.GetSharedConversationResponse.SharedMessage:
    """Put one turn on the wire."""
    return pb.GetSharedConversationResponse.SharedMessage(
        role=ROLES[message.role],
        text=message.text,
        model=message.model,
        create_time=timestamp(message.create_time),
    )
