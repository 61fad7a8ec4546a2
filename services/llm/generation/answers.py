"""How an answer comes about: from what is wanted to the events of an answer."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from uuid import UUID

from services.llm.context.filling import Windows
from services.llm.context.summaries import NoSummaries
from services.llm.context.tokenizers import Tokenizers
from services.llm.generation.citing import cited
from services.llm.generation.metering import within
from services.llm.generation.models import Models
from services.llm.generation.nothing import NoBriefs, NoKnowledge, NoTools
from services.llm.generation.ports import Agent, Briefs, Retriever
from services.llm.generation.questions import Questions
from services.llm.metering.meter import Meter
from services.llm.model import (
    Completed,
    Event,
    Model,
    ModelWindowExceeded,
    Question,
    Usage,
)
from services.llm.ports import Provider
from services.llm.wanted import Fill, Wanted


class Answers:
    """Has a model answer; what is not given, an answer does without."""

    def __init__(
        self,
        provider: Provider,
        *,
        briefs: Briefs | None = None,
        retriever: Retriever | None = None,
        agent: Agent | None = None,
        windows: Windows | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._provider = provider
        self._meter = meter or Meter()
        self._models = Models(provider)
        self._agent = agent or NoTools()
        nothing = NoSummaries()
        self._windows = windows or Windows(Tokenizers(), nothing, nothing)
        self._questions = Questions(
            self._models,
            briefs or NoBriefs(),
            retriever or NoKnowledge(),
            self._agent,
            self._windows,
        )

    async def models(self) -> Sequence[Model]:
        """Name the models that can be asked, the default first."""
        return await self._models.all()

    async def generate(self, wanted: Wanted) -> AsyncGenerator[Event]:
        """
        Yield the answer, `Completed` last; raises what `Provider` raises.

        Before anything else comes what is wrong with what is wanted, and whether the
        user may have it; before the model is asked, whether the knowledge was searched,
        and how much the model reads.
        """
        asked = await self._questions.ask(wanted)
        if asked.fill.exceeded:
            raise ModelWindowExceeded
        question, prompt_version = asked.question, asked.prompt_version
        read, model = asked.fill.total, asked.fill.model
        async with self._meter.metered(model, input_tokens=read) as metered:
            if asked.searched:
                yield asked.searched
            yield Usage(read, model)
            events = self._events(question, wanted.conversation_id)
            if metered:
                events = within(events, metered)
            # This runs for each piece of an answer, so nothing more stands in between.
            whole = False
            try:
                async with aclosing(events):
                    async for event in events:
                        if isinstance(event, Completed):
                            whole = True
                            event = replace(event, prompt_version=prompt_version)
                        yield event
            finally:
                # Only now: the model may have no time for both. Who has all of the
                # answer may leave before its provider is done.
                if whole and asked.gap:
                    self._windows.summarise(asked.gap)

    def _events(
        self, question: Question, conversation_id: UUID | None
    ) -> AsyncGenerator[Event]:
        """Ask the model, with its tools if it has any, and find what it cites."""
        events: AsyncGenerator[Event]
        if question.tools:
            events = self._agent.answer(question, conversation_id)
        else:
            events = self._provider.generate(question)
        return cited(events, question.passages) if question.passages else events

    async def count(self, wanted: Wanted) -> Fill:
        """Say how full the model's window would be; asks no model."""
        return (await self._questions.ask(wanted)).fill
