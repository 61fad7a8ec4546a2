"""No assistants, no knowledge, no tools: what an answer can do without."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from uuid import UUID

from services.llm.generation.ports import Brief, Retrieved
from services.llm.members import Member
from services.llm.model import Event, Image, Question, ToolSpec
from services.llm.names import DocumentName
from services.llm.wanted import Knowledge, Wanted


class NoBriefs:
    """Makes of what is wanted what the caller says himself."""

    async def brief(self, wanted: Wanted) -> Brief:
        """Repeat the caller."""
        options = wanted.options
        return Brief(
            model=wanted.model,
            knowledge=options.knowledge,
            tools=options.tools,
            temperature=options.temperature,
        )


class NoKnowledge:
    """Knows nothing."""

    async def retrieve(
        self, reader: Member, query: str, knowledge: Knowledge, *, limit: int
    ) -> Retrieved:
        """Find nothing."""
        return Retrieved()

    async def images(
        self, reader: Member, documents: Sequence[DocumentName]
    ) -> Mapping[DocumentName, Image | None]:
        """Load nothing."""
        return {}


class NoTools:
    """Offers no tools."""

    async def offered(self, user_id: UUID, tools: Sequence[str]) -> Sequence[ToolSpec]:
        """Offer nothing."""
        return ()

    async def answer(
        self, question: Question, conversation_id: UUID | None
    ) -> AsyncGenerator[Event]:
        """Answer nothing, since nothing was offered."""
        raise NotImplementedError
        yield
