"""What the chat service needs from the outside."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.chat.model import (
    Begun,
    Conversation,
    ConversationName,
    Ending,
    Message,
    MessageName,
    Request,
    Said,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reply is that is being written."""

    name: MessageName
    text: str
    seq: int


class Conversations(Protocol):
    """Stored conversations. One that is missing is `ConversationNotFound`."""

    async def create(
        self, name: ConversationName, title: str, request: Request
    ) -> Conversation:
        """Store a conversation; a retry returns what the first try stored."""

    async def get(self, name: ConversationName) -> Conversation:
        """Return a conversation."""

    async def page(
        self, user_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Conversation]:
        """Return those that follow `after`, the latest used first."""

    async def delete(self, name: ConversationName, *, allow_missing: bool) -> None:
        """Delete a conversation and its messages; `ReplyInProgress` while one is."""


class Messages(Protocol):
    """Stored messages. One that is missing is `MessageNotFound`."""

    async def begin(self, said: Said) -> Begun:
        """
        Store a message, the reply to be and the request's ID: all, or nothing.

        A retry stores nothing and returns what the first try stored.
        """

    async def end(self, name: MessageName, ending: Ending) -> Message:
        """Store how a reply ended, unless it had; return it as it is stored."""

    async def get(self, name: MessageName) -> Message:
        """Return a message."""

    async def page(
        self, of: ConversationName, *, after: UUID | None, limit: int
    ) -> Sequence[Message]:
        """Return the messages that follow `after`, oldest first."""

    async def keep(self, written: Sequence[Progress]) -> None:
        """Store what is written so far, by a process that lives; skip those ended."""

    async def fail_abandoned(self) -> int:
        """Fail the replies that nobody keeps any more; return how many."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer is whole."""

    model: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer broke off, for a reason of `ErrorReason`."""

    reason: str
    model: str


class Llm(Protocol):
    """A language model."""

    def generate(
        self, history: Sequence[Message], model: str, token: str
    ) -> AsyncIterator[Piece | Answered | Refused]:
        """Yield pieces of the next turn, then how it ended. Never raises."""
