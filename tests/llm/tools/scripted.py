"""A provider that plays scripts, turn by turn, and keeps what it was asked."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from itertools import count

from services.llm.model import (
    Completed,
    Delta,
    Model,
    ProviderEvent,
    Question,
    ToolUse,
    Turn,
)

Step = ProviderEvent | Exception | asyncio.Event
Script = Sequence[Step]

NUMBERS = count(1)


class ScriptedProvider:
    """
    Plays one script after the other; the last one again and again.

    An exception is raised, an event waited for. `closed` counts the answers that were
    left before their end.
    """

    def __init__(self, *scripts: Script | Callable[[Question], Script]) -> None:
        self._scripts = scripts
        self.asked: list[Question] = []
        self.closed = 0

    async def models(self) -> Sequence[Model]:
        return (Model("scripted", "scripted"),)

    async def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        self.asked.append(question)
        script = self._scripts[min(len(self.asked), len(self._scripts)) - 1]
        done = False
        try:
            for step in script(question) if callable(script) else script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
            done = True
        finally:
            self.closed += not done

    @property
    def results(self) -> list[Turn]:
        """What it was told last of its calls."""
        return [turn for turn in self.asked[-1].turns if turn.role == "tool"]


def says(text: str, *, tokens: int = 1, read: int = 10) -> Script:
    """Say something and be done."""
    return (Delta(text, tokens), Completed("scripted", "stop", read, tokens))


def wants(*uses: tuple[str, str], text: str = "", read: int = 10) -> Script:
    """Want tools to be called, with such arguments."""
    return (
        *((Delta(text, 1),) if text else ()),
        *(ToolUse(f"call_{next(NUMBERS)}", name, args) for name, args in uses),
        Completed("scripted", "tool_calls", read, 2),
    )
