"""An answer whose beginning takes work, and whose rest comes straight from inside."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from services.llm.model import (
    Completed,
    Delta,
    ProviderEvent,
    Reasoning,
    ToolUse,
    Verbatim,
)

Events = AsyncGenerator[ProviderEvent]
SAYING = (Delta, Reasoning, Verbatim, ToolUse, Completed)


def says(event: ProviderEvent) -> bool:
    """Tell whether the answer has begun: from here on nobody else can give it."""
    return isinstance(event, SAYING)


@dataclass(frozen=True, slots=True)
class Begun:
    """The first event that says something, and where the others come from."""

    event: ProviderEvent
    rest: Events


class Opening(AsyncGenerator[ProviderEvent, None]):
    """
    Reads `beginning` until it yields `Begun`, and from there on what that names.

    So who cares about the beginning alone costs the events after it nothing. The
    beginning stays where it is until the answer is closed: its `finally` is the end.
    """

    __slots__ = ("_beginning", "_begun", "_next")

    def __init__(self, beginning: AsyncGenerator[ProviderEvent | Begun]) -> None:
        self._beginning = beginning
        self._begun = False
        self._next: Callable[[], Awaitable[ProviderEvent]] = self._begin

    async def _begin(self) -> ProviderEvent:
        event = await anext(self._beginning)
        if not isinstance(event, Begun):
            return event
        rest = event.rest
        self._begun = True
        # One call, however many of these stand before each other.
        straight = isinstance(rest, Opening) and rest._begun
        self._next = rest._next if straight else rest.__anext__  # type: ignore[attr-defined]  # it is an Opening
        return event.event

    def __anext__(self) -> Any:
        return self._next()

    async def asend(self, value: None) -> ProviderEvent:
        return await self._next()

    async def athrow(
        self,
        typ: Any,
        val: object = None,
        tb: TracebackType | None = None,
    ) -> ProviderEvent:
        await self.aclose()
        raise typ

    async def aclose(self) -> None:
        await self._beginning.aclose()
