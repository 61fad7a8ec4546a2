"""Small parts around an answer: knowledge, briefs, tools, and a catalogue."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from services.llm.generation.ports import Brief, Retrieved
from services.llm.members import Member
from services.llm.model import (
    Completed,
    Event,
    Image,
    Model,
    Passage,
    ProviderEvent,
    Question,
    ToolCalled,
    ToolSpec,
    Turn,
)
from services.llm.names import DocumentName
from services.llm.ports import Provider
from services.llm.wanted import Knowledge, Wanted

ME = UUID("018f0000-0000-7000-8000-000000000001")
PNG = Image("image/png", b"\x89PNG")


def passage(text: str, *, name: str = "handbook.pdf", page: int = 1) -> Passage:
    """Return a passage that is all of its document."""
    document = str(DocumentName(ME, UUID(int=sum(name.encode()))))
    return Passage(document, name, text, page=page, start=0, end=len(text))


def said(*texts: str) -> tuple[Turn, ...]:
    """Return a conversation of messages that are stored, the user's first."""
    return tuple(
        Turn("assistant" if index % 2 else "user", text, uuid4())
        for index, text in enumerate(texts)
    )


@dataclass
class Library:
    """Finds the passages that share most words with a query; remembers the queries."""

    passages: Sequence[Passage] = ()
    pictures: Mapping[DocumentName, Image | None] = field(default_factory=dict)
    degraded: bool = False
    meet: Callable[[], Awaitable[object]] | None = None
    asked: list[tuple[str, Knowledge]] = field(default_factory=list)

    async def retrieve(
        self, reader: Member, query: str, knowledge: Knowledge, *, limit: int
    ) -> Retrieved:
        self.asked.append((query, knowledge))
        if self.meet:
            await self.meet()
        if self.degraded:
            return Retrieved((), degraded=True)
        words = set(re.findall(r"\w+", query.lower()))
        scored = [
            (len(words & set(re.findall(r"\w+", each.text.lower()))), each)
            for each in self.passages
        ]
        best = sorted(scored, key=lambda pair: -pair[0])[:limit]
        return Retrieved([each for score, each in best if score])

    async def images(
        self, reader: Member, documents: Sequence[DocumentName]
    ) -> Mapping[DocumentName, Image | None]:
        return {
            name: self.pictures[name] for name in documents if name in self.pictures
        }


@dataclass
class Desk:
    """Gives everybody the same brief, around what the caller says."""

    brief_: Brief = field(default_factory=Brief)
    meet: Callable[[], Awaitable[object]] | None = None

    async def brief(self, wanted: Wanted) -> Brief:
        if self.meet:
            await self.meet()
        return self.brief_


@dataclass
class Toolbox:
    """Uses the first tool offered once, then answers."""

    tools: Sequence[ToolSpec] = ()
    questions: list[Question] = field(default_factory=list)

    async def offered(self, user_id: UUID, tools: Sequence[str]) -> Sequence[ToolSpec]:
        return [tool for tool in self.tools if tool.name in tools]

    async def answer(
        self, question: Question, conversation_id: UUID | None
    ) -> AsyncGenerator[Event]:
        self.questions.append(question)
        name = question.tools[0].name
        yield ToolCalled(uuid4(), name, name, "{}", "succeeded", "4")
        yield Completed("scripted", "stop")


@dataclass
class Catalogue:
    """Knows more of the models than their provider; remembers what they are asked."""

    provider: Provider
    listed: Sequence[Model]
    questions: list[Question] = field(default_factory=list)

    async def models(self) -> Sequence[Model]:
        return self.listed

    async def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        self.questions.append(question)
        async with aclosing(self.provider.generate(question)) as events:
            async for event in events:
                yield event


class Meeting:
    """Lets nobody go on before two are there."""

    def __init__(self) -> None:
        self._barrier = asyncio.Barrier(2)

    async def __call__(self) -> None:
        async with asyncio.timeout(60):
            await self._barrier.wait()
