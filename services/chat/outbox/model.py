"""What can happen to a user's conversations (`parley.event.v1`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

Kind = Literal[
    "conversation_created",
    "conversation_updated",
    "conversation_deleted",
    "conversation_undeleted",
    "conversation_purged",
    "message_created",
    "reply_ended",
    "message_rated",
    "folder_changed",
    "share_created",
    "share_deleted",
    "import_completed",
    "user_data_erased",
]

# What `data` of a kind may say; nothing, of the others.
DATA: Mapping[Kind, frozenset[str]] = {
    "message_created": frozenset({"replies"}),
    "reply_ended": frozenset(
        {"state", "model", "input_tokens", "output_tokens", "cost_micros"}
    ),
    "import_completed": frozenset({"conversations"}),
}
OF_CONVERSATIONS = ("conversation_", "message_", "reply_")
OF_USERS = "user_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    Something that happened, to be recorded in the transaction that causes it.

    `data` holds names and numbers, never what a user wrote.
    """

    user_id: UUID
    kind: Kind
    conversation_id: UUID | None = None
    resource_id: UUID | None = None  # the message, folder, share or import
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind.startswith(OF_CONVERSATIONS) and not self.conversation_id:
            raise ValueError(f"{self.kind} says nothing of its conversation")
        whole = self.kind.startswith(("conversation_", OF_USERS))
        if not whole and not self.resource_id:
            raise ValueError(f"{self.kind} says nothing of its resource")
        if unknown := self.data.keys() - DATA.get(self.kind, ()):
            raise ValueError(f"{self.kind} has no {', '.join(sorted(unknown))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as it is stored. One that a newer release wrote may be of any kind."""

    user_id: UUID
    seq: int
    id: UUID
    kind: str
    conversation_id: UUID | None
    resource_id: UUID | None
    data: Mapping[str, Any]
    create_time: datetime
    transaction: str


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of a user's events in order, and the number of the latest there is."""

    head: int
    events: Sequence[Recorded]


@dataclass(frozen=True, slots=True)
class Position:
    """
    Where a consumer of all users' events is.

    The transaction of an event is no older than that of the user's event before it, so
    this order is each user's own.
    """

    transaction: str
    user_id: UUID
    seq: int

    @classmethod
    def of(cls, event: Recorded) -> "Position":
        """Tell where a consumer is that has taken this event."""
        return cls(event.transaction, event.user_id, event.seq)


BEGINNING = Position("0", UUID(int=0), 0)


def topic(user_id: UUID) -> str:
    """Name the signals about a user's events."""
    return f"parley:user:{user_id}"
