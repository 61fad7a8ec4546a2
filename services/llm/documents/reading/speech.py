"""What the child says to its parent: one line of JSON after another."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from services.llm.documents.model import MAX_CHARACTERS, Flag
from services.llm.documents.reading.bounds import (
    MAX_HEADING,
    MAX_LINE_CHUNKS,
    MAX_LINE_HEADINGS,
    MAX_LINE_TEXT,
    MAX_PAGES,
    MAX_SECTION,
)

Place = Annotated[int, Meta(ge=0, le=MAX_CHARACTERS)]
Reason = Literal[
    "DOCUMENT_CORRUPT",
    "DOCUMENT_ENCRYPTED",
    "DOCUMENT_TOO_COMPLEX",
    "DOCUMENT_UNSUPPORTED",
    "DOCUMENT_WITHOUT_TEXT",
]


class Far(Struct, frozen=True, tag="far", forbid_unknown_fields=True):
    """How far the child is."""

    percent: Annotated[int, Meta(ge=0, le=100)]


class Text(Struct, frozen=True, tag="text", forbid_unknown_fields=True):
    """The next stretch of text, of the same page or of the next."""

    page: Annotated[int, Meta(ge=0, le=MAX_PAGES)]
    text: Annotated[str, Meta(max_length=MAX_LINE_TEXT)]


class HeadingAt(Struct, frozen=True, array_like=True):
    """A heading."""

    start: Place
    level: Annotated[int, Meta(ge=1, le=100)]
    text: Annotated[str, Meta(max_length=MAX_HEADING)]


class Headings(Struct, frozen=True, tag="headings", forbid_unknown_fields=True):
    """The next headings; the text comes before."""

    headings: Annotated[list[HeadingAt], Meta(max_length=MAX_LINE_HEADINGS)]


class ChunkAt(Struct, frozen=True, array_like=True):
    """Where a chunk is."""

    start: Place
    end: Place
    section: Annotated[str, Meta(max_length=MAX_SECTION)]


class Chunks(Struct, frozen=True, tag="chunks", forbid_unknown_fields=True):
    """The next chunks; the text comes before."""

    chunks: Annotated[list[ChunkAt], Meta(max_length=MAX_LINE_CHUNKS)]


class Done(Struct, frozen=True, tag="done", forbid_unknown_fields=True):
    """The end: all is said."""

    media_type: Annotated[str, Meta(pattern=r"^[a-z]+/[a-zA-Z0-9.+-]{1,100}$")]
    flags: Annotated[list[Flag], Meta(max_length=10)]


class Refused(Struct, frozen=True, tag="refused", forbid_unknown_fields=True):
    """The end: the file cannot be read."""

    reason: Reason


Said = Far | Text | Headings | Chunks | Done | Refused
