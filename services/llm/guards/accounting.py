"""What answers cost, to the end or to where they were cut."""

import math
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import cache

from prometheus_client import Counter

from services.llm.model import (
    Completed,
    Delta,
    Model,
    Price,
    ProviderEvent,
    Question,
    Reasoning,
    Usage,
)
from services.llm.ports import Provider

MILLION = 1_000_000
TURN_TOKENS = 4  # what stands around each turn
IMAGE_TOKENS = 1_000
ASCII_PER_TOKEN, OTHER_BYTES_PER_TOKEN = 4, 3

tokens = Counter("llm_tokens", "Tokens that models read and wrote.", ("model", "type"))
cost = Counter("llm_cost_usd", "What they cost by the catalogue's prices.", ("model",))

Account = Callable[[str], tuple[str, Price]]  # a model's name, which is a label
Estimate = Callable[[Question], int]


def estimated(question: Question) -> int:
    """Count the tokens of a question, roughly, without knowing the model."""
    return sum(
        TURN_TOKENS
        + estimated_text(turn.text)
        + estimated_text(turn.verbatim.thoughts if turn.verbatim else "")
        + IMAGE_TOKENS * len(turn.images)
        for turn in question.turns
    )


def estimated_text(text: str) -> int:
    """Take four ASCII characters, or three bytes of any others, for a token."""
    if text.isascii():
        return math.ceil(len(text) / ASCII_PER_TOKEN)
    ascii = len(text.encode("ascii", "ignore"))
    others = len(text.encode()) - ascii
    return math.ceil(ascii / ASCII_PER_TOKEN + others / OTHER_BYTES_PER_TOKEN)


class Accounting:
    """
    Counts what each answer costs, also one that is cut or closed early.

    Where the provider does not count, `Completed` gets what was counted on the way, and
    an estimate of what was read. Answers of no tokens, as those of `offline`, stay so.
    """

    def __init__(
        self, inner: Provider, *, account: Account, estimate: Estimate = estimated
    ) -> None:
        self._inner = inner
        self._account = account
        self._estimate = estimate

    async def models(self) -> Sequence[Model]:
        return await self._inner.models()

    async def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        read = written = 0
        told: Completed | None = None
        try:
            async with aclosing(self._inner.generate(question)) as events:
                async for event in events:
                    kind = type(event)
                    if kind is Delta or kind is Reasoning:
                        written += event.tokens  # type: ignore[union-attr]  # both have
                    elif kind is Usage:
                        read = event.input_tokens  # type: ignore[union-attr]  # it has
                    elif isinstance(event, Completed):
                        event = told = self._filled(event, question, read, written)
                    yield event
        finally:
            if told:
                self._count(question, told.input_tokens, told.output_tokens)
            elif read or written:
                self._count(question, read or self._estimate(question), written)

    def _filled(
        self, told: Completed, question: Question, read: int, written: int
    ) -> Completed:
        output = told.output_tokens or written
        input = told.input_tokens or read
        if output and not input:
            input = self._estimate(question)
        if (input, output) == (told.input_tokens, told.output_tokens):
            return told
        return replace(told, input_tokens=input, output_tokens=output)

    def _count(self, question: Question, read: int, written: int) -> None:
        model, price = self._account(question.model)
        child(tokens, model, "input").inc(read)
        child(tokens, model, "output").inc(written)
        micros = (read * price.input + written * price.output) / MILLION
        child(cost, model).inc(micros / MILLION)


@cache
def child(counter: Counter, *labels: str) -> Counter:
    """Find a counter with its labels: to find it each time costs more than it."""
    return counter.labels(*labels)
