"""Models that think, and what is found of their thoughts in what they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.llm.model import (
    Effort,
    ProviderEvent,
    Question,
    ToolUse,
    Turn,
    Verbatim,
)
from services.llm.ports import Provider
from tests.calls import everything
from tests.llm.providers.protocols import (
    ANTHROPIC,
    AZURE,
    CHAT,
    GEMINI,
    RESPONSES,
    Protocol,
)
from tests.llm.providers.reading import TOOLS, only, text


@dataclass(frozen=True)
class Thinker:
    """A model that thinks, over a protocol."""

    protocol: Protocol
    model: str
    effort: Effort | None = None

    @property
    def question(self) -> Question:
        """What it is asked, with tools."""
        return replace(TOOLS, model=self.model, effort=self.effort)


BUDGETED = Thinker(ANTHROPIC, "claude-sonnet-4-5", "low")
ADAPTIVE = Thinker(ANTHROPIC, "claude-opus-5")
GEMINI_3 = Thinker(GEMINI, "gemini-3.5-flash")
OPENAI = Thinker(RESPONSES, "gpt-6-luna")
DEEPSEEK = Thinker(CHAT, "deepseek-v4")
THINKERS = (
    BUDGETED,
    ADAPTIVE,
    GEMINI_3,
    Thinker(GEMINI, "gemini-2.5-pro"),
    OPENAI,
    DEEPSEEK,
    Thinker(AZURE, "deepseek-v4"),
)


def thoughts_in(body: Any) -> list[str]:
    """Return the thoughts that a request brings back, in order."""
    found: list[str] = []
    for message in body.get("messages") or body.get("input") or body["contents"]:
        if "reasoning_content" in message:
            found.append(message["reasoning_content"])
        found += [each["text"] for each in message.get("summary", ())]
        for part in message.get("parts") or message.get("content") or ():
            if isinstance(part, dict) and part.get("thought"):
                found.append(part["text"])
            elif isinstance(part, dict) and "thinking" in part:
                found.append(part["thinking"])
    return found


def turn(events: Sequence[ProviderEvent]) -> Turn:
    """Return an answer as a turn of the conversation."""
    verbatim = only(Verbatim, events)
    return Turn(
        "assistant",
        text(events),
        tool_uses=tuple(only(ToolUse, events)),
        verbatim=verbatim[0] if verbatim else None,
    )


def results(said: Turn) -> tuple[Turn, ...]:
    """Answer all calls of a turn."""
    return tuple(
        Turn("tool", f"result of {use.name}", tool_use_id=use.id)
        for use in said.tool_uses
    )


async def called(provider: Provider, question: Question) -> Question:
    """Have a model call tools; return the question that it is asked next."""
    said = turn(await everything(provider.generate(question)))
    return replace(question, turns=(*question.turns, said, *results(said)))
