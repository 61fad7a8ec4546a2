"""What an answer needs from the nouns around it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.llm.members import Member
from services.llm.model import Event, Image, Passage, Question, ToolSpec
from services.llm.names import DocumentName
from services.llm.wanted import NOWHERE, Knowledge, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What assistants, prompts and memories make of what is wanted."""

    instructions: str = ""  # of the prompt, then of the assistant
    memories: Sequence[str] = ()
    model: str = ""  # empty for the default
    knowledge: Knowledge = NOWHERE
    tools: Sequence[str] = ()
    temperature: float | None = None
    prompt_version: str = ""  # the name of the version that was chosen


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages, the best first; degraded if the search failed or took too long."""

    passages: Sequence[Passage] = ()
    degraded: bool = False


class Briefs(Protocol):
    """Assistants, prompts and memories."""

    async def brief(self, wanted: Wanted) -> Brief:
        """
        Say what they make of what is wanted; what the caller says himself comes first.

        Raises `Forbidden`, `AssistantNotFound`, `PromptNotFound`, and `InvalidField`
        for a variable without a value.
        """


class Retriever(Protocol):
    """The knowledge of users."""

    async def retrieve(
        self, reader: Member, query: str, knowledge: Knowledge, *, limit: int
    ) -> Retrieved:
        """
        Find passages, within 600 ms.

        Raises `DocumentNotFound` or `CollectionNotFound` for what is named and they
        may not read, and nothing else: what goes wrong is `degraded`.
        """

    async def images(
        self, reader: Member, documents: Sequence[DocumentName]
    ) -> Mapping[DocumentName, Image | None]:
        """
        Load those documents that are images and that they may read, the first ones.

        None for an image that is too large, or one too many.
        """


class Agent(Protocol):
    """Answers with the help of tools."""

    async def offered(self, user_id: UUID, tools: Sequence[str]) -> Sequence[ToolSpec]:
        """Return those of the tools that the user has enabled."""

    def answer(
        self, question: Question, conversation_id: UUID | None
    ) -> AsyncGenerator[Event]:
        """
        Ask, call `question.tools` as the model wants, ask again; bounded.

        Yields `Completed` once, last, with the sums of all calls; raises what
        `Provider` raises.
        """
