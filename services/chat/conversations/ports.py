"""What conversations need from the outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.chat.conversations.model import Conversation
from services.chat.names import ConversationName
from services.chat.requests.model import Request


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
