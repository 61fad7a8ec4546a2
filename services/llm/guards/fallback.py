"""Another model, where the one that was asked for does not answer."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from prometheus_client import Counter

from services.llm.guards.opening import Begun, Events, Opening, says
from services.llm.model import (
    Model,
    ModelCredentials,
    ModelProtocol,
    ModelRateLimited,
    ModelStalled,
    ModelUnavailable,
    ProviderEvent,
    Question,
)
from services.llm.ports import Provider

FAILURES = (
    ModelUnavailable,
    ModelRateLimited,
    ModelStalled,
    ModelCredentials,
    ModelProtocol,
)

fell_back = Counter("llm_fallbacks", "Questions put to another model.", ("model",))


class Fallback:
    """
    Asks the models that `others` names, in order, while none has said anything.

    `Completed.model` tells which one answered.
    """

    def __init__(
        self, inner: Provider, others: Callable[[Question], Sequence[str]]
    ) -> None:
        self._inner = inner
        self._others = others

    async def models(self) -> Sequence[Model]:
        return await self._inner.models()

    def generate(self, question: Question) -> Events:
        others = self._others(question)
        if not others:
            return self._inner.generate(question)
        return Opening(self._begin(question, others))

    async def _begin(
        self, question: Question, others: Sequence[str]
    ) -> AsyncGenerator[ProviderEvent | Begun]:
        left = list(others)
        while True:
            try:
                async with aclosing(self._inner.generate(question)) as events:
                    async for event in events:
                        if says(event):
                            yield Begun(event, events)
                            return
                        yield event
                return
            except FAILURES:
                if not left:
                    raise
            question = replace(question, model=left.pop(0))
            fell_back.labels(question.model).inc()
