"""Citations: where an answer's text comes to a passage's number."""

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

from services.llm.model import Cited, Delta, Event, Passage

MARKER = re.compile(r"\[\s*(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\s*\]")
BEGUN = re.compile(r"\[[\d\s,;]*\Z")
NUMBER = re.compile(r"\d+")
LONGEST = 100  # characters of a marker that may be cut by the end of a piece


class Markers:
    """Finds the numbers of passages in a text that comes in pieces."""

    def __init__(self, passages: int) -> None:
        self._left = set(range(1, passages + 1))
        self._begun = ""

    def read(self, piece: str) -> Iterator[int]:
        """Yield the valid numbers that this piece brings for the first time."""
        if not self._left or not (self._begun or "[" in piece):
            return
        text = self._begun + piece
        for marker in MARKER.findall(text):
            for number in map(int, NUMBER.findall(marker)):
                if number in self._left:
                    self._left.remove(number)
                    yield number
        begun = BEGUN.search(text, max(0, len(text) - LONGEST))
        self._begun = begun.group() if begun else ""


async def cited(
    events: AsyncGenerator[Event], passages: Sequence[Passage]
) -> AsyncGenerator[Event]:
    """Put in, right behind the text that comes to it, each passage cited."""
    markers = Markers(len(passages))
    async with aclosing(events):
        async for event in events:
            yield event
            if isinstance(event, Delta):
                for number in markers.read(event.text):
                    yield Cited(number, passages[number - 1])
