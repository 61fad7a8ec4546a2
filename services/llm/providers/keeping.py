"""Keeping what a model wrote before its calls, so that it gets it back as it was."""

from collections.abc import Sequence
from dataclasses import replace

from services.llm.model import (
    Delta,
    ProviderEvent,
    Question,
    Reasoning,
    ToolUse,
    Verbatim,
)
from services.llm.providers.pieces import Pieces, Said

MAX_KEPT = 1024 * 1024  # bytes of one answer; a longer one is not kept


class Kept(Pieces):
    """What is said, once more as a whole; and what is kept besides, within bounds."""

    def __init__(self, writer: str) -> None:
        super().__init__()
        self._writer = writer
        self._whole: dict[Said, list[str]] = {Delta: [], Reasoning: []}
        self._left = MAX_KEPT

    @property
    def text(self) -> str:
        """What was said."""
        return "".join(self._whole[Delta])

    def holds(self, size: int) -> bool:
        """Make room for so much more; False if there is none, and nothing is kept."""
        self._left -= size
        return self._left >= 0

    def spoil(self) -> None:
        """Keep nothing: something came that cannot be said again."""
        self._left = -1

    def before(
        self, end: Sequence[ProviderEvent], content: Sequence[bytes]
    ) -> Sequence[ProviderEvent]:
        """Put what is kept before the calls, if there are any."""
        uses = tuple(event for event in end if isinstance(event, ToolUse))
        if not uses or not content or self._left < 0:
            return end
        verbatim = Verbatim(
            self._writer,
            tuple(content),
            self.text,
            "".join(self._whole[Reasoning]),
            uses,
        )
        return [verbatim, *end] if verbatim.size <= MAX_KEPT else end

    def _join(self) -> None:
        if self._texts and self.holds(sum(map(len, self._texts))):
            self._whole[self._said] += self._texts
        super()._join()


def legible(question: Question, writer: str) -> Question:
    """Leave out what others wrote, and what is no more what its turn says."""
    if not any(turn.verbatim for turn in question.turns):
        return question
    turns = tuple(
        turn if turn.written_by(writer) else replace(turn, verbatim=None)
        for turn in question.turns
    )
    return replace(question, turns=turns)


def plain(question: Question) -> Question:
    """Say everything in plain words."""
    turns = tuple(replace(turn, verbatim=None) for turn in question.turns)
    return replace(question, turns=turns)
