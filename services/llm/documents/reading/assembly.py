"""Takes down what the child says, and believes none of it."""

from dataclasses import dataclass, field

import msgspec

from services.llm.documents.model import (
    MAX_CHARACTERS,
    Chunk,
    Content,
    DocumentCorrupt,
    DocumentEncrypted,
    DocumentTooComplex,
    DocumentUnsupported,
    DocumentWithoutText,
    Heading,
    Page,
    Unreadable,
)
from services.llm.documents.ports import Progress
from services.llm.documents.reading.bounds import (
    MAX_CHUNK,
    MAX_CHUNKS,
    MAX_HEADINGS,
    MAX_LINE_BYTES,
    MAX_SAID_BYTES,
)
from services.llm.documents.reading.speech import (
    Chunks,
    Done,
    Far,
    Headings,
    Refused,
    Said,
    Text,
)

REFUSALS: dict[str, type[Unreadable]] = {
    refusal.reason: refusal
    for refusal in (
        DocumentCorrupt,
        DocumentEncrypted,
        DocumentTooComplex,
        DocumentUnsupported,
        DocumentWithoutText,
    )
}


class Nonsense(Exception):
    """A child says what no child of ours would."""


@dataclass(slots=True)
class Assembly:
    """What was said of one file so far."""

    progress: Progress
    content: Content | None = None
    _percent: int = -1
    _said_bytes: int = 0
    _length: int = 0
    _pieces: list[str] = field(default_factory=list)
    _number: int | None = None  # of the page being told
    _whole: bool = False  # all text is told
    _pages: list[Page] = field(default_factory=list)
    _headings: list[Heading] = field(default_factory=list)
    _chunks: list[Chunk] = field(default_factory=list)
    _page: int = 0  # index of the page of the chunk before

    def hear(self, line: bytes) -> None:
        """Take a line down; raises `Nonsense`, or the refusal that it is."""
        self._said_bytes += len(line)
        if len(line) > MAX_LINE_BYTES or self._said_bytes > MAX_SAID_BYTES:
            raise Nonsense
        try:
            said = msgspec.json.decode(line, type=Said)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise Nonsense from error
        if self.content:
            raise Nonsense
        match said:
            case Far(percent):
                if percent > self._percent:
                    self._percent = percent
                    self.progress(percent)
            case Text():
                self._hear_text(said)
            case Headings():
                self._hear_headings(said)
            case Chunks():
                self._hear_chunks(said)
            case Refused(reason):
                raise REFUSALS[reason]
            case Done(media_type, flags):
                self._end_of_text()
                self.content = Content(
                    media_type=media_type,
                    pages=tuple(self._pages),
                    headings=tuple(self._headings),
                    chunks=tuple(self._chunks),
                    flags=frozenset(flags),
                )

    def _hear_text(self, said: Text) -> None:
        if self._whole or "\0" in said.text:
            raise Nonsense
        if said.page != self._number:
            # Either there is one page, 0, or they are numbered from 1.
            due = (0, 1) if self._number is None else (self._number + 1,)
            if said.page not in due or self._number == 0:
                raise Nonsense
            self._turn()
            self._number = said.page
        self._length += len(said.text)
        if self._length > MAX_CHARACTERS:
            raise Nonsense
        self._pieces.append(said.text)

    def _turn(self) -> None:
        """Finish the page that was being told."""
        if self._number is None or self._whole:
            return
        text = "".join(self._pieces)
        start = self._pages[-1].start + len(self._pages[-1].text) if self._pages else 0
        self._pages.append(Page(self._number, start, text))
        self._pieces = []

    def _end_of_text(self) -> None:
        self._turn()
        self._whole = True

    def _hear_headings(self, said: Headings) -> None:
        self._end_of_text()
        for heading in said.headings:
            before = self._headings[-1].start if self._headings else 0
            if not before <= heading.start <= self._length or "\0" in heading.text:
                raise Nonsense
            self._headings.append(Heading(heading.start, heading.level, heading.text))
        if len(self._headings) > MAX_HEADINGS:
            raise Nonsense

    def _hear_chunks(self, said: Chunks) -> None:
        self._end_of_text()
        for chunk in said.chunks:
            before = self._chunks[-1].start if self._chunks else 0
            size = chunk.end - chunk.start
            if chunk.start < before or not 0 < size <= MAX_CHUNK:
                raise Nonsense
            if "\0" in chunk.section:
                raise Nonsense
            page = self._page_at(chunk.start)
            first = chunk.start - page.start
            text = page.text[first : first + size]
            if len(text) != size:
                raise Nonsense
            number = len(self._chunks)
            self._chunks.append(
                Chunk(number, chunk.start, chunk.end, page.number, chunk.section, text)
            )
        if len(self._chunks) > MAX_CHUNKS:
            raise Nonsense

    def _page_at(self, place: int) -> Page:
        while self._page < len(self._pages):
            page = self._pages[self._page]
            if place < page.start + len(page.text):
                return page
            self._page += 1
        raise Nonsense
