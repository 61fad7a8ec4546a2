"""What there is to show to a model, and what of it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.llm.model import Passage, Turn
from services.llm.wanted import Fill

MAX_SUMMARY = 700  # tokens; less in a small window
MAX_SUMMARY_TEXT = 8_000  # characters, whatever a model makes of its tokens
SUMMARY_DAYS = 90  # how long one is kept that nobody needs
IMAGE_TOKENS = 1_000  # what an image costs, roughly, whoever looks at it


@dataclass(frozen=True, slots=True)
class Summary:
    """What was said, up to a message."""

    message_id: UUID  # the last that it covers
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that there is to show."""

    turns: tuple[Turn, ...]
    before: str = ""  # instructions that come before the caller's own
    after: str = ""  # and after them
    passages: Sequence[Passage] = ()  # the best first
    tools: str = ""  # what is said of tools, to be counted only
    max_output: int = 0  # tokens that are to be written; 0 if nobody said


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Turns that no longer fit and that no summary covers yet."""

    user_id: UUID
    model: str
    before: str  # the summary of what came before them
    turns: tuple[Turn, ...]
    message_id: UUID  # of the last of them
    tokens: int  # that their summary may have


@dataclass(frozen=True, slots=True)
class Filled:
    """What is shown."""

    turns: tuple[Turn, ...]
    passages: tuple[Passage, ...]
    fill: Fill
    gap: Gap | None = None


def most(window: int) -> int:
    """Return how many tokens a summary may have in a window."""
    return min(MAX_SUMMARY, window // 10)
