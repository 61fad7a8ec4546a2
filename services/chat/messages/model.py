"""What messages and replies are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.chat.names import ConversationName, MessageName
from services.chat.requests.model import Request
from services.kit.errors import Kind, ServiceError

MAX_TEXT = 32_000
MAX_MODEL = 200
TITLE_FROM_TEXT = 80
HISTORY = 200  # the newest turns of a branch that a model is shown
MAX_REPLY = 900_000  # characters; below what a gRPC client takes in one message

Role = Literal["user", "assistant"]
State = Literal["generating", "completed", "stopped", "failed"]


class MessageNotFound(ServiceError):
    """There is no such message."""

    kind = Kind.NOT_FOUND
    reason = "MESSAGE_NOT_FOUND"


class ReplyInProgress(ServiceError):
    """A reply is still being written. Wait for it to end."""

    kind = Kind.PRECONDITION
    reason = "REPLY_IN_PROGRESS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    id: UUID
    parent_id: UUID | None
    role: Role
    text: str
    state: State
    model: str
    failure: str | None
    input_tokens: int
    output_tokens: int
    seq: int
    create_time: datetime
    end_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a user says: not stored yet."""

    to: ConversationName
    text: str
    model: str
    parent_id: UUID | None  # the message it follows; the newest if None
    request: Request

    @property
    def title(self) -> str:
        """Name a conversation that begins with this, on one line."""
        line = " ".join(self.text.split())
        if len(line) <= TITLE_FROM_TEXT:
            return line
        return line[: TITLE_FROM_TEXT - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A message and the reply to it, as stored."""

    conversation: ConversationName
    said: Message
    reply: Message
    history: tuple[Message, ...]  # oldest first, with `said`; empty for a retry
    retried: bool

    @property
    def name(self) -> MessageName:
        """The reply's name."""
        return MessageName(self.conversation, self.reply.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a reply ended."""

    state: State
    text: str
    seq: int
    model: str = ""
    failure: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
