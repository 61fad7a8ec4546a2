"""What the context needs from the outside."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from services.llm.context.model import Gap, Summary


class Tokenizer(Protocol):
    """A model's own way to part texts into tokens."""

    def count(self, text: str) -> int:
        """Count the tokens of a text; may take long, and others may run meanwhile."""


class Summaries(Protocol):
    """Running summaries that are kept."""

    async def find(self, user_id: UUID, messages: Sequence[UUID]) -> Summary | None:
        """Return the summary up to the last of these messages that has one."""

    async def put(self, user_id: UUID, summary: Summary) -> None:
        """Keep a summary; the one that is there already wins."""


class Summariser(Protocol):
    """Makes summaries, in nobody's way."""

    def wanted(self, gap: Gap) -> None:
        """Ask for a summary; return at once."""
