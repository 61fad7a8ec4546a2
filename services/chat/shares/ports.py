"""What links need from the outside."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from services.chat.names import ShareName
from services.chat.shares.model import Share, Snapshot, Wanted
from services.kit.requests.model import Request


class Shares(Protocol):
    """Stored links. One that is missing or has expired is `ShareNotFound`."""

    async def create(self, name: ShareName, token: str, wanted: Wanted) -> Share:
        """
        Store a link with a snapshot; a retry returns what the first try stored.

        `ConversationNotFound`, `ConversationEmpty` or `TooManyShares` if there can be
        none.
        """

    async def page(
        self, user_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[Share]:
        """Return those that follow `after`, the newest first."""

    async def delete(
        self, name: ShareName, request: Request, *, allow_missing: bool
    ) -> None:
        """Delete a link; a retry changes nothing."""

    async def show(self, token_hash: bytes) -> Snapshot:
        """Return what a token leads to."""
