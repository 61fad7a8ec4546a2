"""What tools need from the outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.kit.requests.model import Request
from services.llm.members import Member
from services.llm.model import Passage
from services.llm.names import ToolCallName
from services.llm.tools.model import Choice, Decision, Tools
from services.llm.wanted import Knowledge


class Source(Protocol):
    """Somebody who has tools."""

    async def tools(self) -> Tools:
        """Return those that can be called now."""


class Choices(Protocol):
    """Which tools users enabled or disabled."""

    async def choices(self, user_id: UUID) -> Choice:
        """Return what a user decided."""

    async def choose(
        self, user_id: UUID, tool: str, request: Request, *, enabled: bool
    ) -> None:
        """Take a decision down; raises `RequestIdReused`."""


class Decisions(Protocol):
    """Calls that wait for a user, wherever the answer is written."""

    async def ask(self, name: ToolCallName, tool: str, *, seconds: float) -> None:
        """Have a call wait for its user, for so long."""

    async def decision(self, name: ToolCallName) -> Decision | None:
        """Return what became of it, if anything."""

    async def decide(self, name: ToolCallName, *, approved: bool) -> None:
        """Take down what the user says; raises `ToolCallNotFound`."""

    async def lapse(self, name: ToolCallName) -> Decision:
        """Wait no more; return what the user said, if they were faster."""


class Found(Protocol):
    """What a search for passages came to."""

    @property
    def passages(self) -> Sequence[Passage]:
        """The passages, the best first."""

    @property
    def degraded(self) -> bool:
        """Whether the search failed or took too long."""


class Documents(Protocol):
    """The knowledge of users."""

    async def retrieve(
        self, reader: Member, query: str, knowledge: Knowledge, *, limit: int
    ) -> Found:
        """Find passages in what somebody may read."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that was found."""

    conversation: str  # the title
    role: str
    time: datetime
    text: str


class Conversations(Protocol):
    """What users said and were answered."""

    async def search(self, user_id: UUID, query: str, *, limit: int) -> Sequence[Said]:
        """Find messages of a user; raises `CallFailed`."""


class Memories(Protocol):
    """Facts that users agreed to keep."""

    async def add(self, user_id: UUID, text: str) -> object:
        """Keep a fact."""
