"""What conversations need from the outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.chat.conversations.model import Change, Conversation, Folder, Listing
from services.chat.names import ConversationName, FolderName
from services.kit.requests.model import Request

Place = tuple[bool, datetime, UUID]  # pinned, used when, id: where a page ended


class Conversations(Protocol):
    """
    Stored conversations. One that is missing is `ConversationNotFound`.

    What has a request is a transaction with it: a retry changes nothing, and returns
    the conversation as it is now.
    """

    async def create(
        self, name: ConversationName, new: Change, *, temporary: bool, request: Request
    ) -> Conversation:
        """Store a conversation."""

    async def get(self, name: ConversationName) -> Conversation:
        """Return a conversation, also one that is deleted and can be had back."""

    async def page(
        self, user_id: UUID, listing: Listing, *, after: Place | None, limit: int
    ) -> Sequence[Conversation]:
        """Return those that follow `after`: the pinned ones, then the latest used."""

    async def update(
        self, name: ConversationName, change: Change, request: Request
    ) -> Conversation:
        """Change a conversation that is not deleted."""

    async def delete(
        self, name: ConversationName, request: Request, *, allow_missing: bool
    ) -> Conversation | None:
        """Delete a conversation, stop its replies; None if there is nothing left."""

    async def undelete(self, name: ConversationName, request: Request) -> Conversation:
        """Bring a deleted conversation back."""


class Folders(Protocol):
    """
    Stored folders. One that is missing is `FolderNotFound`.

    What has a request is a transaction with it: a retry changes nothing, and returns
    the folder as it is now.
    """

    async def create(
        self, name: FolderName, display_name: str, request: Request
    ) -> Folder:
        """Store a folder, or refuse with `TooManyFolders`."""

    async def page(
        self, user_id: UUID, *, after: tuple[str, UUID] | None, limit: int
    ) -> Sequence[Folder]:
        """Return those that follow `after`, by their names."""

    async def rename(
        self, name: FolderName, display_name: str, request: Request
    ) -> Folder:
        """Rename a folder."""

    async def delete(
        self, name: FolderName, request: Request, *, allow_missing: bool
    ) -> None:
        """Delete a folder; its conversations stay, in none."""


class Untitled(Protocol):
    """Conversations whose title is but the beginning of the first message."""

    async def wants_title(self, name: ConversationName) -> bool:
        """Tell whether a model may find a title for it."""

    async def give_title(self, name: ConversationName, title: str) -> bool:
        """Store a model's title, unless the conversation has a better one by now."""


class TitleModel(Protocol):
    """A language model that completes a prompt."""

    async def complete(self, user_id: UUID, *, model: str, prompt: str) -> str:
        """Return what the model answers, on behalf of the user. May raise anything."""
