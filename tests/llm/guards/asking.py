"""How tests ask through guards, and providers that misbehave as no server can."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from uuid import UUID

from prometheus_client import REGISTRY

from services.llm.model import (
    Completed,
    Delta,
    Model,
    ProviderEvent,
    Question,
    ToolUse,
    Turn,
    Verbatim,
)
from services.llm.ports import Provider
from tests.calls import everything


def question(
    text: str = "Hi", *, model: str = "m", user: UUID | None = None
) -> Question:
    """Say something."""
    return Question(model, (Turn("user", text),), user_id=user)


USE = ToolUse("call_1", "weather", '{"city": "Lomé"}')
WRITTEN = Verbatim(
    "m at home", (b'{"thought": "Hm."}',), text="So.", thoughts="Hm.", tool_uses=(USE,)
)


def after_calls(written: Verbatim = WRITTEN, *, model: str = "m") -> Question:
    """Give a model the result of a call, with what it wrote before it."""
    said = Turn(
        "assistant", written.text, tool_uses=written.tool_uses, verbatim=written
    )
    result = Turn("tool", "sunny", tool_use_id=written.tool_uses[0].id)
    return Question(model, (Turn("user", "Hi"), said, result))


def text_of(events: Sequence[ProviderEvent]) -> str:
    """Put the pieces together."""
    return "".join(event.text for event in events if isinstance(event, Delta))


def completed(events: Sequence[ProviderEvent]) -> Completed:
    """Return how an answer ended."""
    assert isinstance(events[-1], Completed)
    return events[-1]


async def ask(provider: Provider, asked: Question | None = None) -> list[ProviderEvent]:
    """Ask, and read all of the answer."""
    async with aclosing(provider.generate(asked or question())) as events:
        return await everything(events)


async def ended(*asking: "asyncio.Task[list[ProviderEvent]]") -> list[str]:
    """Wait for answers; name the errors."""
    found = await asyncio.gather(*asking, return_exceptions=True)
    return [type(each).__name__ for each in found if isinstance(each, BaseException)]


def sample(name: str, **labels: str) -> float:
    """Read a metric."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def until(condition: Callable[[], bool]) -> None:
    """Let others go on until the condition holds."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - nobody tells when it does
            await asyncio.sleep(0.001)


class Clock:
    """A time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Playing:
    """A provider that does what a test says."""

    def __init__(
        self, play: Callable[[Question], AsyncGenerator[ProviderEvent]]
    ) -> None:
        self._play = play

    async def models(self) -> Sequence[Model]:
        return (Model("m", "played"),)

    def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        return self._play(question)


def saying(*events: ProviderEvent) -> Playing:
    """Play these events."""

    async def play(question: Question) -> AsyncGenerator[ProviderEvent]:
        for event in events:
            yield event

    return Playing(play)
