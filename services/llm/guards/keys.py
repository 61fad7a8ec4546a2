"""Several keys, or endpoints, of one provider: who has the least to do is asked."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from time import monotonic

from services.llm.guards.opening import Begun, Events, Opening, says
from services.llm.model import (
    Model,
    ModelCredentials,
    ModelRateLimited,
    ProviderError,
    ProviderEvent,
    Question,
    Verbatim,
)
from services.llm.ports import Provider

REFUSED_SECONDS = 60.0  # how long a key rests that the provider does not take
LIMITED_SECONDS = 1.0  # and one whose rate is limited, if nobody says for how long
LONGEST_REST_SECONDS = 60.0
MODELS = 100  # of which a key remembers that it rests


@dataclass(slots=True)
class Key:
    """A key: what it has to do, and until when it rests."""

    number: int
    provider: Provider
    outstanding: int = 0
    refused_until: float = 0.0
    limited_until: dict[str, float] = field(default_factory=dict)  # by model
    last: ProviderError = field(default_factory=ModelRateLimited)

    def rests_until(self, model: str) -> float:
        """Say when it may be asked again."""
        return max(self.refused_until, self.limited_until.get(model, 0.0))

    def refuse(self, error: ProviderError, model: str, now: float) -> None:
        """Have it rest."""
        self.last = error
        if isinstance(error, ModelCredentials):
            self.refused_until = now + REFUSED_SECONDS
            return
        rest = min(LONGEST_REST_SECONDS, error.retry_after or LIMITED_SECONDS)
        if len(self.limited_until) >= MODELS:
            self.limited_until.clear()
        self.limited_until[model] = now + rest


class Keys:
    """
    Asks who has the least to do, and the next one if that is limited or refused.

    What a model wrote before its calls goes back with the key that it was written for,
    as long as that does not rest: others may not be able to read it.
    """

    def __init__(
        self, providers: Sequence[Provider], *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._keys = [Key(*each) for each in enumerate(providers)]
        self._clock = clock
        self._turn = 0

    async def models(self) -> Sequence[Model]:
        *others, last = sorted(self._keys, key=lambda key: key.refused_until)
        for key in others:
            try:
                return await key.provider.models()
            except ProviderError as error:
                key.last = error
        return await last.provider.models()

    def generate(self, question: Question) -> Events:
        return Opening(self._begin(question))

    async def _begin(self, question: Question) -> AsyncGenerator[ProviderEvent | Begun]:
        for _ in self._keys:
            key = self._choose(question)
            key.outstanding += 1
            asked = key.provider.generate(question)
            try:
                async with aclosing(
                    stamped(asked, key.number) if question.tools else asked
                ) as events:
                    async for event in events:
                        if says(event):
                            yield Begun(event, events)
                            return
                        yield event
                return
            except (ModelRateLimited, ModelCredentials) as error:
                key.refuse(error, question.model, self._clock())
            finally:
                key.outstanding -= 1
        raise self._resting(question.model)

    def _choose(self, question: Question) -> Key:
        now, model = self._clock(), question.model
        awake = [key for key in self._keys if key.rests_until(model) <= now]
        if not awake:
            raise self._resting(model)
        written = [turn.verbatim for turn in question.turns if turn.verbatim]
        if written and (own := [key for key in awake if key.number == written[-1].key]):
            return own[0]
        self._turn += 1
        least = min(key.outstanding for key in awake)
        equal = [key for key in awake if key.outstanding == least]
        return equal[self._turn % len(equal)]

    def _resting(self, model: str) -> ProviderError:
        """Say what the key that comes back first said, and when it does."""
        first = min(self._keys, key=lambda key: key.rests_until(model))
        error = type(first.last)()
        error.retry_after = max(0.0, first.rests_until(model) - self._clock())
        return error


async def stamped(
    inner: AsyncGenerator[ProviderEvent], number: int
) -> AsyncGenerator[ProviderEvent]:
    """Say for which key something was written."""
    async with aclosing(inner) as events:
        async for event in events:
            yield replace(event, key=number) if type(event) is Verbatim else event
