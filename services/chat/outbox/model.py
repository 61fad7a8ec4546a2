"""What can happen to a user's conversations (`parley.event.v1`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
