"""Conversations as protobuf."""

from parley.chat.v1 import conversation_service_pb2 as pb
from services.chat.conversations.model import Conversation
from services.chat.names import ConversationName
from services.kit.times import timestamp


def to_conversation(
    name: ConversationName, conversation: Conversation
) -> pb.Conversation:
    """Put a conversation on the wire."""
    return pb.Conversation(
        name=str(ConversationName(name.user_id, conversation.id)),
        title=conversation.title,
        create_time=timestamp(conversation.create_time),
        update_time=timestamp(conversation.update_time),
    )
