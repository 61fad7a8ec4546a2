"""How an answer comes about: from what is wanted to the events of an answer."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from services.llm.context.filling import Windows
from services.llm.context.summaries import NoSummaries
from services.llm.context.tokenizers import Tokenizers
from services.llm.generation.citing import cited
from services.llm.generation.models import Models
from services.llm.generation.nothing import NoBriefs, NoKnowledge, NoTools
from services.llm.generation.ports import Agent, Briefs, Retriever
from services.llm.generation.questions import Questions
from services.llm.model import Completed, Event, Model, ModelWindowExceeded, Usage
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
    ) -> None:
        self._provider = provider
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

        Before anything else comes what is wrong with what is wanted; before the model
        is asked, whether the knowledge was searched, and how much the model reads.
        """
        asked = await self._questions.ask(wanted)
        if asked.fill.exceeded:
            raise ModelWindowExceeded
        question, prompt_version = asked.question, asked.prompt_version
        if asked.searched:
            yield asked.searched
        yield Usage(asked.fill.total)
        events: AsyncGenerator[Event]
        if question.tools:
            events = self._agent.answer(question, wanted.conversation_id)
        else:
            events = self._provider.generate(question)
        if question.passages:
            events = cited(events, question.passages)
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
            # Only now: the model may have no time for both. Who has all of the answer
            # may leave before its provider is done.
            if whole and asked.gap:
                self._windows.summarise(asked.gap)

    async def count(self, wanted: Wanted) -> Fill:
        """Say how full the model's window would be; asks no model."""
        return (await self._questions.ask(wanted)).fill
