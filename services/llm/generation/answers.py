"""How an answer comes about: from what is wanted to the events of an answer."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from services.llm.model import Event, Model, Question
from services.llm.ports import Provider
from services.llm.wanted import Fill, Wanted


class Answers:
    """Has a model answer."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def models(self) -> Sequence[Model]:
        """Name the models that can be asked, the default first."""
        return await self._provider.models()

    async def generate(self, wanted: Wanted) -> AsyncGenerator[Event]:
        """Yield the answer, `Completed` last; raises what `Provider` raises."""
        question = Question(
            model=wanted.model,
            turns=wanted.turns,
            max_output_tokens=wanted.max_output_tokens,
            user_id=wanted.user_id,
        )
        async with aclosing(self._provider.generate(question)) as events:
            async for event in events:
                yield event

    async def count(self, wanted: Wanted) -> Fill:
        """Say how full the model's window would be."""
        raise NotImplementedError
