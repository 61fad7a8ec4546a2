"""What messages and replies need from the outside."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.chat.messages.model import Begun, Ending, Message, Said
from services.chat.names import ConversationName, MessageName


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reply is that is being written."""

    name: MessageName
    text: str
    seq: int


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
