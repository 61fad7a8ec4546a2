"""What conversations are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.kit.errors import Kind, ServiceError

MAX_TITLE = 200


class ConversationNotFound(ServiceError):
    """There is no such conversation."""

    kind = Kind.NOT_FOUND
    reason = "CONVERSATION_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A tree of messages."""

    id: UUID
    title: str
    create_time: datetime
    update_time: datetime
