"""Asking again, where nothing was said yet and asking again may help."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from random import Random
from time import monotonic

from prometheus_client import Counter

from services.llm.guards.circuit import CircuitOpen
from services.llm.guards.opening import Begun, Events, Opening, says
from services.llm.model import (
    Model,
    ModelRateLimited,
    ModelRejected,
    ModelStalled,
    ModelUnavailable,
    ModelWindowExceeded,
    ProviderError,
    ProviderEvent,
    Question,
)
from services.llm.ports import Provider
from services.llm.providers.keeping import plain

RETRIED = (ModelUnavailable, ModelRateLimited, ModelStalled)
REFUSED = (ModelRejected, ModelWindowExceeded)
ATTEMPTS = 3
BACKOFF_SECONDS = 0.25  # before the second attempt; twice as long before the third
LONGEST_WAIT_SECONDS = 5.0  # who is told to wait for longer gives up at once
WITHIN_SECONDS = 30.0  # after which no attempt begins

retried = Counter("llm_retries", "Questions that were put again.", ("provider",))


class Budget:
    """
    How often it may be asked again: a share of how often it is asked.

    With some more, slowly, so that a quiet system can ask again, too. A provider in
    trouble gets 1.2 times what it would get otherwise at the most, not three times.
    """

    def __init__(
        self,
        *,
        share: float = 0.1,
        most: float = 100.0,
        per_second: float = 1.0,
        burst: float = 3.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._share, self._most = share, most
        self._per_second, self._burst = per_second, burst
        self._clock = clock
        self._earned = 0.0
        self._spare = burst
        self._at = clock()

    def asked(self) -> None:
        """Count a question that is put for the first time."""
        self._earned = min(self._most, self._earned + self._share)

    def take(self) -> bool:
        """Take one attempt, if there is one."""
        now = self._clock()
        came = (now - self._at) * self._per_second
        self._spare, self._at = min(self._burst, self._spare + came), now
        if self._earned >= 1:
            self._earned -= 1
        elif self._spare >= 1:
            self._spare -= 1
        else:
            return False
        return True


class Retries:
    """
    Asks again before anything was said, within a budget, later each time.

    Who refuses what the model wrote itself (written for another key, or gone by now, or
    in a field that the provider gives and does not take) gets it in plain words, once.
    """

    def __init__(
        self, inner: Provider, *, name: str, budget: Budget, random: Random
    ) -> None:
        self._inner = inner
        self._budget = budget
        self._random = random
        self._retried = retried.labels(name)

    async def models(self) -> Sequence[Model]:
        return await self._inner.models()

    def generate(self, question: Question) -> Events:
        return Opening(self._begin(question))

    async def _begin(self, question: Question) -> AsyncGenerator[ProviderEvent | Begun]:
        self._budget.asked()
        until, attempt = monotonic() + WITHIN_SECONDS, 1
        while True:
            try:
                async with aclosing(self._inner.generate(question)) as events:
                    async for event in events:
                        if says(event):
                            yield Begun(event, events)
                            return
                        yield event
                return
            except CircuitOpen:  # to wait for the provider is the breaker's
                raise
            except RETRIED as error:
                seconds = self._wait(error, attempt)
                if monotonic() + seconds > until or not self._may(error, attempt):
                    raise
            except REFUSED:
                if not any(turn.verbatim for turn in question.turns):
                    raise
                question = plain(question)
                self._retried.inc()
                continue
            self._retried.inc()
            await asyncio.sleep(seconds)
            attempt += 1

    def _may(self, error: ProviderError, attempt: int) -> bool:
        if attempt >= ATTEMPTS or (error.retry_after or 0) > LONGEST_WAIT_SECONDS:
            return False
        return self._budget.take()

    def _wait(self, error: ProviderError, attempt: int) -> float:
        """Say how long to wait: never the same, so that not all come at once."""
        backoff = BACKOFF_SECONDS * 2.0 ** (attempt - 1) * self._random.uniform(0.5, 1)
        return (error.retry_after or 0) + backoff
