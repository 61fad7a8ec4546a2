"""How these tests ask, and look at answers."""

from collections.abc import AsyncIterable, Sequence
from dataclasses import replace
from typing import TypeVar

from services.kit.errors import ServiceError
from services.llm.model import (
    Completed,
    Delta,
    ProviderEvent,
    Question,
    Reasoning,
    ToolSpec,
    ToolUse,
    Turn,
)

T = TypeVar("T")

QUESTION = Question("", (Turn("user", "Hi"),))
WEATHER = ToolSpec(
    "weather",
    "Tells the weather.",
    {"type": "object", "properties": {"city": {"type": "string"}}},
)
CLOCK = ToolSpec("clock", "Tells the time.", {"type": "object", "properties": {}})
TOOLS = replace(QUESTION, tools=(WEATHER, CLOCK))


async def told(
    events: AsyncIterable[ProviderEvent],
) -> tuple[list[ProviderEvent], ServiceError | None]:
    """Read an answer to its end, or to where it fails."""
    seen: list[ProviderEvent] = []
    try:
        async for event in events:
            seen.append(event)
    except ServiceError as error:
        return seen, error
    return seen, None


def only(kind: type[T], events: Sequence[ProviderEvent]) -> list[T]:
    """Return the events of a kind."""
    return [event for event in events if isinstance(event, kind)]


def text(events: Sequence[ProviderEvent], kind: type[Delta | Reasoning] = Delta) -> str:
    """Return what is said, or thought."""
    return "".join(event.text for event in only(kind, events))


def tokens(events: Sequence[ProviderEvent]) -> int:
    """Return how many tokens are told to have been written."""
    return sum(event.tokens for event in events if isinstance(event, Delta | Reasoning))


def completed(events: Sequence[ProviderEvent]) -> Completed:
    """Return the end of a whole answer."""
    assert isinstance(events[-1], Completed)
    return events[-1]


def answered(uses: Sequence[ToolUse], said: str = "") -> tuple[Turn, ...]:
    """Return the turns of a conversation in which tools have answered."""
    return (
        Turn("user", "What is the weather?"),
        Turn("assistant", said, tool_uses=tuple(uses)),
        *(Turn("tool", f"result of {use.name}", tool_use_id=use.id) for use in uses),
    )
