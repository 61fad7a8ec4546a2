"""A page's text while it is written, and what it is made of."""

import re

from langchain_core.documents import Document

from services.llm.documents.model import MAX_CHARACTERS
from services.llm.documents.reading.bounds import MAX_HEADING, MAX_HEADINGS

# What no text holds: controls, halves of characters, marks without width.
JUNK = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff\ufffe\uffff"
    "\ud800-\udfff]+"
)
BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
BEFORE_BREAK = re.compile(r"(?<![ \t])[ \t]+(?=\n|\Z)")
MANY_BREAKS = re.compile(r"\n{4,}")
SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " "))


def clean(text: str) -> str:
    """Return text as it is kept: without junk, each line ended by a line feed."""
    text = BREAKS.sub("\n", JUNK.sub("", text))
    if "\u00a0" in text or "\u202f" in text or "\u2007" in text:
        text = text.translate(SPACES)
    return MANY_BREAKS.sub("\n\n\n", BEFORE_BREAK.sub("", text))


def line(text: str) -> str:
    """Return text as one line."""
    return " ".join(clean(text).split())


class Draft:
    """A page's text while it is written, and the headings in it."""

    def __init__(self, number: int = 0) -> None:
        self._number = number
        self._pieces: list[str] = []
        self._length = 0
        self._headings: list[tuple[int, int, str]] = []

    @property
    def full(self) -> bool:
        """Whether it holds more than is kept, so that nothing need be added."""
        return self._length > MAX_CHARACTERS

    @property
    def empty(self) -> bool:
        """Whether nothing is written."""
        return self._length == 0

    def add(self, text: str) -> None:
        """Add clean text as it is."""
        text = text[: MAX_CHARACTERS + 1 - self._length]
        self._pieces.append(text)
        self._length += len(text)

    def paragraph(self, text: str) -> None:
        """Add a paragraph, if there is anything in it."""
        if text := line(text):
            self.add(f"{text}\n\n")

    def row(self, text: str) -> None:
        """Add a line, if there is anything in it."""
        if text := line(text):
            self.add(f"{text}\n")

    def mark(self, level: int, text: str) -> None:
        """Say that what stands under this heading begins here."""
        if (text := line(text)[:MAX_HEADING]) and len(self._headings) < MAX_HEADINGS:
            self._headings.append((self._length, max(1, min(level, 100)), text))

    def heading(self, level: int, text: str) -> None:
        """Add a heading."""
        self.mark(level, text)
        self.paragraph(text)

    def document(self, **metadata: object) -> Document:
        """Return what was written."""
        return Document(
            "".join(self._pieces),
            metadata={"page": self._number, "headings": self._headings, **metadata},
        )
