"""From what is wanted to what a model is asked."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from services.llm.context import quotations
from services.llm.context.filling import Windows
from services.llm.context.model import Content, Gap
from services.llm.generation import schemas, showing
from services.llm.generation.models import Models
from services.llm.generation.ports import Agent, Brief, Briefs, Retrieved, Retriever
from services.llm.model import Model, Question, Searched, ToolSpec, Turn
from services.llm.providers.offline import NAME as OFFLINE
from services.llm.providers.quoting import quotable
from services.llm.wanted import Fill, Knowledge, Wanted

PASSAGES = 8

T1 = TypeVar("T1")
T2 = TypeVar("T2")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, ready to be asked, and what is to be known about it."""

    question: Question
    fill: Fill
    searched: Searched | None
    prompt_version: str
    gap: Gap | None  # what did not fit


@dataclass(frozen=True, slots=True)
class Found:
    """What was gathered for a question."""

    model: Model
    images: showing.Images
    query: str
    retrieved: Retrieved | None  # None: nothing was looked for
    tools: tuple[ToolSpec, ...]

    @property
    def offline(self) -> bool:
        """Tell whether nobody reads the question."""
        return self.model.provider == OFFLINE

    @property
    def follows_schemas(self) -> bool:
        """Tell whether the model can be told a schema as such."""
        return "json_schema" in self.model.capabilities


class Questions:
    """Gathers what a question needs, and fits it into the model's window."""

    def __init__(
        self,
        models: Models,
        briefs: Briefs,
        retriever: Retriever,
        agent: Agent,
        windows: Windows,
    ) -> None:
        self._models = models
        self._briefs = briefs
        self._retriever = retriever
        self._agent = agent
        self._windows = windows

    async def ask(self, wanted: Wanted) -> Asked:
        """Make the question."""
        options = wanted.options
        if options.response_schema:
            await schemas.check(options.response_schema)
        brief, found = await self._gathered(wanted)
        filled = await self._windows.fill(
            wanted.user_id,
            found.model,
            content(wanted, brief, found),
        )
        retrieved, passages = found.retrieved, filled.passages
        if found.offline and retrieved:
            passages = quotable(retrieved.passages, found.query)
        return Asked(
            Question(
                model=brief.model,
                turns=filled.turns,
                max_output_tokens=wanted.max_output_tokens,
                tools=found.tools,
                response_schema=options.response_schema
                if found.follows_schemas
                else "",
                temperature=brief.temperature,
                effort=options.effort,
                user_id=wanted.user_id,
                groups=wanted.groups,
                cached=options.cached,
                passages=passages,
                unsearched=bool(retrieved and retrieved.degraded),
                room=filled.fill.left,
            ),
            filled.fill,
            Searched(len(passages), retrieved.degraded) if retrieved else None,
            brief.prompt_version,
            filled.gap,
        )

    async def _gathered(self, wanted: Wanted) -> tuple[Brief, Found]:
        options = wanted.options
        if options.assistant or options.knowledge.empty:
            brief = await self._briefs.brief(wanted)
            found = await self._found(wanted, brief.model, brief.knowledge, brief.tools)
            return brief, found
        # Only an assistant says where to look, so without one nothing waits for it.
        return await together(
            self._briefs.brief(wanted),
            self._found(wanted, wanted.model, options.knowledge, options.tools),
        )

    async def _found(
        self, wanted: Wanted, model_id: str, knowledge: Knowledge, tools: Sequence[str]
    ) -> Found:
        model = await self._models.find(model_id)
        attachments = showing.attached(wanted.turns)
        images: showing.Images = {}
        if attachments and model.provider != OFFLINE:
            images = await self._retriever.images(wanted.member, attachments)
        if model.provider == OFFLINE and knowledge.empty:
            knowledge = Knowledge(all=True)
        knowledge = showing.where(knowledge, attachments, images)
        query = showing.query(wanted.turns)
        if knowledge.empty or not query:
            offered = await self._offered(wanted, model, tools)
            return Found(model, images, query, None, tuple(offered))
        retrieved, offered = await together(
            self._retriever.retrieve(wanted.member, query, knowledge, limit=PASSAGES),
            self._offered(wanted, model, tools),
        )
        return Found(model, images, query, retrieved, tuple(offered))

    async def _offered(
        self, wanted: Wanted, model: Model, tools: Sequence[str]
    ) -> Sequence[ToolSpec]:
        if not tools or not model.may("tools"):
            return ()
        return await self._agent.offered(wanted.user_id, tools)


def content(wanted: Wanted, brief: Brief, found: Found) -> Content:
    """Say what there is to show to the model; nobody is shown passages offline."""
    schema = wanted.options.response_schema
    memories = quotations.remembered(brief.memories)
    turns: tuple[Turn, ...] = wanted.turns
    if any(turn.attachments for turn in turns):
        sees = found.model.may("vision")
        turns = showing.worded(showing.illustrated(turns, found.images, sees=sees))
    passages = found.retrieved.passages if found.retrieved else ()
    return Content(
        turns=turns,
        before="\n\n".join(filter(None, (brief.instructions, memories))),
        after=schemas.instruction(schema)
        if schema and not found.follows_schemas
        else "",
        passages=() if found.offline else passages,
        tools=msgspec.json.encode(found.tools).decode() if found.tools else "",
        max_output=wanted.max_output_tokens,
    )


async def together(
    one: Coroutine[Any, Any, T1], other: Coroutine[Any, Any, T2]
) -> tuple[T1, T2]:
    """Do two things at once; if one fails, give up the other."""
    tasks = asyncio.ensure_future(one), asyncio.ensure_future(other)
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
