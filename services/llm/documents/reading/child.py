"""The process that reads one file: gives up its rights, reads, tells, ends."""

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import msgspec

from services.llm.documents.model import (
    MAX_DOCUMENT_BYTES,
    Content,
    DocumentTooComplex,
    Unreadable,
)
from services.llm.documents.reading.bounds import (
    MAX_LINE_CHUNKS,
    MAX_LINE_HEADINGS,
    MAX_LINE_TEXT,
    Limits,
)
from services.llm.documents.reading.confinement import confine, seal
from services.llm.documents.reading.speech import (
    ChunkAt,
    Chunks,
    Done,
    Far,
    HeadingAt,
    Headings,
    Refused,
    Said,
    Text,
)

INPUT, OUTPUT = 0, 1
READ_PERCENT = 90  # of the work is reading, the rest cutting


def main(limits: str, suffix: str) -> None:
    """Read what comes in, tell what is in it, or why it cannot be read."""
    bounds = msgspec.json.decode(limits, type=Limits)
    confine(bounds)
    # Opened by now, as nothing can be opened once a file is parsed.
    status = os.open("/proc/self/status", os.O_RDONLY)
    try:
        for said in tell(read(suffix)):
            say(said)
    except Unreadable as refusal:
        say(msgspec.convert({"type": "refused", "reason": refusal.reason}, Refused))
    except (MemoryError, RecursionError):
        say(Refused("DOCUMENT_TOO_COMPLEX"))
    except BrokenPipeError:
        pass
    except Exception:
        # Parsers meet hostile files with every error there is, want of memory too.
        full = peak(os.pread(status, 16 * 1024, 0)) > bounds.memory_bytes * 0.6
        say(Refused("DOCUMENT_TOO_COMPLEX" if full else "DOCUMENT_CORRUPT"))
    os._exit(0)  # nothing that a file left behind is to run


def read(suffix: str) -> Content:
    """Detect, parse and split."""
    from services.llm.documents.reading.detection import IMAGES, detect

    with os.fdopen(INPUT, "rb", closefd=False) as file:
        data = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise DocumentTooComplex
    found = detect(data, suffix)
    if found.media_type in IMAGES.values():
        return Content(media_type=found.media_type, flags=found.flags)

    # Imported before anything is parsed: from there on nothing can be opened.
    from langchain_core.documents.base import Blob

    from services.llm.documents.reading.gathering import gather
    from services.llm.documents.reading.parsers import parser_of
    from services.llm.documents.reading.splitting import split

    parser = parser_of(found.media_type)
    seal()
    blob = Blob.from_data(data, mime_type=found.media_type)
    last = 0

    def progress(percent: int) -> None:
        nonlocal last
        percent = percent * READ_PERCENT // 100
        if percent > last:
            last = percent
            say(Far(percent))

    content = gather(parser.lazy_parse(blob), found.media_type, found.flags, progress)
    return replace(content, chunks=tuple(split(content)))


def peak(status: bytes) -> int:
    """
    Return the most bytes that this process has held, of what the kernel says of it.

    `getrusage` says the most of whoever started it, if that is more.
    """
    (line,) = (each for each in status.splitlines() if each.startswith(b"VmHWM:"))
    return int(line.split()[1]) * 1024


def tell(content: Content) -> Iterator[Said]:
    """Yield what there is to say, in lines that are not too long."""
    for page in content.pages:
        for at in range(0, max(len(page.text), 1), MAX_LINE_TEXT):
            yield Text(page.number, page.text[at : at + MAX_LINE_TEXT])
    headings = (
        HeadingAt(heading.start, heading.level, heading.text)
        for heading in content.headings
    )
    while some := list(islice(headings, MAX_LINE_HEADINGS)):
        yield Headings(some)
    chunks = (
        ChunkAt(chunk.start, chunk.end, chunk.section) for chunk in content.chunks
    )
    while few := list(islice(chunks, MAX_LINE_CHUNKS)):
        yield Chunks(few)
    yield Done(content.media_type, sorted(content.flags))


def say(said: Said) -> None:
    """Write a line."""
    line = memoryview(msgspec.json.encode(said) + b"\n")
    while line:
        line = line[os.write(OUTPUT, line) :]
