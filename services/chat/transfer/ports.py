"""What exports and imports need from the outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.chat.names import ConversationName
from services.chat.transfer.model import ImportJob, ImportName, Read, Stored, Turn
from services.kit.requests.model import Request


class Exported(Protocol):
    """Stored conversations, a page at a time: no page is large, whatever is stored."""

    async def named(self, names: Sequence[ConversationName]) -> Sequence[Stored]:
        """Return these conversations of one user, each once."""

    async def listed(self, user_id: UUID, *, after: UUID) -> Sequence[Stored]:
        """Return those that follow, by id; neither temporary nor deleted ones."""

    async def turns(
        self, name: ConversationName, *, after: UUID
    ) -> tuple[Sequence[Turn], bool]:
        """Return messages that follow, by id, of all branches, and if more may."""

    async def branch(self, name: ConversationName) -> Sequence[tuple[UUID, int]]:
        """Return the messages of the branch that is shown, and how large each is."""

    async def some(self, name: ConversationName, ids: Sequence[UUID]) -> Sequence[Turn]:
        """Return these messages, by id."""


class Jobs(Protocol):
    """Stored imports, and their files. One that is missing is `ImportNotFound`."""

    async def create(self, name: ImportName, size: int, request: Request) -> ImportJob:
        """Store an import; a retry returns what the first try stored."""

    async def upload(self, name: ImportName, offset: int, data: bytes) -> ImportJob:
        """Store the next part; one that is there stays."""

    async def part(self, name: ImportName, position: int) -> bytes:
        """Return the file from a position to the end of the part that it is in."""

    async def claim(self, name: ImportName, runner: UUID) -> ImportJob:
        """Let nobody else run an import for a while, unless it ended."""

    async def renew(self, name: ImportName, runner: UUID) -> None:
        """Go on with running it; `ImportRunning` if somebody else does by now."""

    async def release(self, name: ImportName, runner: UUID) -> None:
        """Let others run it."""

    async def keep(
        self, name: ImportName, runner: UUID, reads: Sequence[Read]
    ) -> ImportJob:
        """Store conversations and how far the import is: all, or nothing."""

    async def end(self, name: ImportName, runner: UUID, problem: str) -> ImportJob:
        """Store that an import ended, and drop its file."""


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """Return now."""
