"""Not asking a provider that is down, but for a probe now and then."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from time import monotonic

from prometheus_client import Counter

from services.kit.errors import ServiceError
from services.llm.guards.circuit import Circuit, CircuitOpen, Pass, Refused
from services.llm.guards.opening import Begun, Events, Opening, says
from services.llm.model import (
    Model,
    ModelProtocol,
    ModelStalled,
    ModelUnavailable,
    ProviderEvent,
    Question,
)
from services.llm.ports import Provider

# Any other refusal is the caller's fault, or shows at least that the provider works.
FAILURES = (ModelUnavailable, ModelStalled, ModelProtocol)
ASK = Pass(probe=False)
MODELS = 1_000  # whose circuits are remembered: names are the callers'

opened = Counter("llm_breaker_opened", "How often a breaker opened.", ("provider",))
refused = Counter("llm_breaker_refused", "Calls that it refused.", ("provider",))


class Breaker:
    """
    One circuit for each model of a provider.

    What counts is whether an answer begins. One that breaks off later was of use to
    somebody: refusing all would make it worse.
    """

    def __init__(
        self, inner: Provider, *, name: str, clock: Callable[[], float] = monotonic
    ) -> None:
        self._inner = inner
        self._clock = clock
        self._circuits: OrderedDict[str, Circuit] = OrderedDict()
        self._opened = opened.labels(name)
        self._refused = refused.labels(name)

    async def models(self) -> Sequence[Model]:
        return await self._inner.models()

    def generate(self, question: Question) -> Events:
        return Opening(self._begin(question))

    async def _begin(self, question: Question) -> AsyncGenerator[ProviderEvent | Begun]:
        circuit = self._circuits.get(question.model)
        may = circuit.ask() if circuit else ASK  # as a rule, there is none
        if isinstance(may, Refused):
            self._refused.inc()
            error = CircuitOpen(retry_seconds=may.seconds)
            error.retry_after = may.seconds
            raise error
        try:
            async with aclosing(self._inner.generate(question)) as events:
                async for event in events:
                    if says(event):
                        self._succeeded(question.model)
                        yield Begun(event, events)
                        return
                    yield event
        except FAILURES:
            self._failed(question.model, probe=may.probe)
            raise
        except ServiceError:
            self._succeeded(question.model)
            raise

    def _succeeded(self, model: str) -> None:
        if circuit := self._circuits.get(model):
            circuit.succeeded()
            if circuit.spotless:
                del self._circuits[model]

    def _failed(self, model: str, *, probe: bool) -> None:
        circuit = self._circuits.get(model) or Circuit(clock=self._clock)
        self._circuits[model] = circuit
        was_open = circuit.open
        circuit.failed(probe=probe)
        if circuit.open and not was_open:
            self._opened.inc()
        self._circuits.move_to_end(model)
        if len(self._circuits) > MODELS:
            self._circuits.popitem(last=False)
