"""How many answers a provider writes at once, and whose turn it is."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from time import perf_counter

from prometheus_client import Gauge, Histogram

from services.kit.errors import Overloaded
from services.llm.guards.fair_queue import FairQueue, Full
from services.llm.guards.opening import Begun, Events, Opening, says
from services.llm.model import Model, ProviderEvent, Question
from services.llm.ports import Provider

AGAIN_SECONDS = 2.0
SECONDS = (0.001, 0.01, 0.1, 0.3, 1, 3, 10, 30)

waited = Histogram(
    "llm_turn_wait_seconds",
    "How long questions waited that had to wait for their turn.",
    ("provider",),
    buckets=SECONDS,
)
waiting = Gauge("llm_turns_waiting", "Questions that wait.", ("provider",))


class Turns:
    """Asks so many at a time; the users who wait take turns."""

    def __init__(self, inner: Provider, *, name: str, queue: FairQueue) -> None:
        self._inner = inner
        self._queue = queue
        self._waited = waited.labels(name)
        waiting.labels(name).set_function(lambda: queue.waiting)

    async def models(self) -> Sequence[Model]:
        return await self._inner.models()

    def generate(self, question: Question) -> Events:
        return Opening(self._begin(question))

    async def _begin(self, question: Question) -> AsyncGenerator[ProviderEvent | Begun]:
        await self._take(question)
        try:
            async with aclosing(self._inner.generate(question)) as events:
                async for event in events:
                    if says(event):
                        yield Begun(event, events)
                        return
                    yield event
        finally:
            self._queue.give_back()

    async def _take(self, question: Question) -> None:
        if self._queue.take_free():
            return
        began = perf_counter()
        try:
            await self._queue.take(question.user_id)
        except Full:
            raise Overloaded(retry_seconds=AGAIN_SECONDS) from None
        self._waited.observe(perf_counter() - began)
