"""A file being imported, as the documents in it, a slice at a time."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from services.chat.transfer.formats.archive import (
    DAMAGED,
    LOCAL,
    MAX_DIRECTORY,
    SIGNATURES,
    TAIL,
    Entry,
    Span,
    directory_64_of,
    directory_of,
    documents,
    end_64_of,
    packed_of,
)
from services.chat.transfer.formats.inflate import Allowance, Inflater
from services.chat.transfer.formats.problem import Broken
from services.chat.transfer.model import CHUNK, ImportName
from services.chat.transfer.ports import Jobs


@dataclass(frozen=True, slots=True)
class Slice:
    """The next bytes of a document, and how much of the file they are the end of."""

    data: bytes
    read_bytes: int
    begins: bool  # another document


class File:
    """A file of which any part can be read."""

    def __init__(self, jobs: Jobs, name: ImportName, size: int) -> None:
        self._jobs = jobs
        self._name = name
        self._size = size

    async def slices(self) -> AsyncGenerator[Slice]:
        """Yield the documents with conversations, one after the other."""
        begin = await self._bytes(Span(0, min(4, self._size)))
        entries = [None] if begin not in SIGNATURES else await self._entries()
        allowance = Allowance()
        furthest = 0
        for number, entry in enumerate(entries):
            begins = number > 0
            found = self._packed(entry, allowance) if entry else self._plain()
            async for data, position in found:
                furthest = max(furthest, position)
                yield Slice(data, furthest, begins)
                begins = False

    async def _plain(self) -> AsyncGenerator[tuple[bytes, int]]:
        async for data, position in self._parts(Span(0, self._size)):
            yield data, position

    async def _packed(
        self, entry: Entry, allowance: Allowance
    ) -> AsyncGenerator[tuple[bytes, int]]:
        local = await self._bytes(Span(entry.header, LOCAL.size))
        inflater = Inflater(entry, allowance, slice_size=CHUNK)
        async for packed, position in self._parts(packed_of(entry, local, self._size)):
            for data in inflater.feed(packed):
                yield data, position
            yield b"", position  # others have their turn, whatever came of it
        inflater.finish()

    async def _entries(self) -> list[Entry]:
        tail = await self._bytes(Span(max(0, self._size - TAIL), min(TAIL, self._size)))
        span = directory_of(tail, self._size)
        if span is None:
            end = await self._bytes(end_64_of(tail, self._size))
            span = directory_64_of(end, self._size)
        if span.size > MAX_DIRECTORY:
            raise Broken("The zip archive holds too many files.")
        if not span.size:
            raise Broken("The zip archive is empty.")
        return documents(await self._bytes(span), self._size)

    async def _bytes(self, span: Span) -> bytes:
        """Return a few bytes."""
        return b"".join([data async for data, _ in self._parts(span)])

    async def _parts(self, span: Span) -> AsyncGenerator[tuple[bytes, int]]:
        """Yield slices, and where each ends."""
        position, end = span.start, span.start + span.size
        while position < end:
            part = await self._jobs.part(self._name, position)
            if not part:
                raise Broken(DAMAGED)
            part = part[: end - position]
            for start in range(0, len(part), CHUNK):
                data = part[start : start + CHUNK]
                yield data, position + start + len(data)
            position += len(part)
