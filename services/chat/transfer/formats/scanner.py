"""
Cutting a JSON file into its conversations, and these into their messages.

Only brackets and strings are looked at, so that a file of any size is read in bounded
memory and each piece is decoded by itself: what is too large is passed over, not kept.
A conversation is an element of the array that the file is, or of its `conversations`;
its messages are the members of its `messages`, `chat_messages` or `mapping`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from services.chat.transfer.formats.problem import UNKNOWN, Broken

MAX_DEPTH = 100
MAX_PIECE = 16 * 1024 * 1024  # the longest text may be escaped to twelve times its size
MAX_CONTAINERS = 50_000  # in a piece: each costs far more memory than its two bytes

SKIP = re.compile(rb'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.DOTALL)
STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
CONVERSATIONS = re.compile(rb'[{,]\s*"conversations"\s*:\s*$')
PARTS = re.compile(rb'[{,]\s*"(messages|chat_messages|mapping)"\s*:\s*$')
KEY_TAIL = 64  # bytes at the end of a piece, where such a key is looked for
BLANK = b" \t\r\n"
BOM = b"\xef\xbb\xbf"
QUOTE, BACKSLASH, LIST = ord('"'), ord("\\"), ord("[")
OPENING = {ord("}"): ord("{"), ord("]"): ord("[")}
BROKEN = "The file is not JSON, or not an export: see byte {}."


@dataclass(frozen=True, slots=True)
class Head:
    """What a document says before its conversations: a JSON object."""

    raw: bytes | None  # None: too large


@dataclass(frozen=True, slots=True)
class Part:
    """Some messages of a conversation: a JSON array or object; its shell follows."""

    raw: bytes | None
    key: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The end of a conversation: it as JSON, but for its messages."""

    raw: bytes | None
    key: str  # of its messages; empty if there is none that is known


Piece = Head | Part | Shell


class Place(Enum):
    """Where in the file the scanner is."""

    START = auto()
    DOCUMENT = auto()
    CONVERSATIONS = auto()
    CONVERSATION = auto()
    PARTS = auto()
    END = auto()


class Captured:
    """The bytes of a piece, unless they are too many."""

    def __init__(self, begin: bytes = b"") -> None:
        self._bytes = bytearray(begin)
        self._containers = 0
        self._too_large = False

    def add(self, data: bytes) -> None:
        """Add what follows."""
        if self._too_large or len(self._bytes) + len(data) > MAX_PIECE:
            self.drop()
        else:
            self._bytes += data

    def count_container(self) -> None:
        """Count an object or array within."""
        self._containers += 1
        if self._containers > MAX_CONTAINERS:
            self.drop()

    def drop(self) -> None:
        """Keep nothing."""
        self._too_large = True
        self._bytes.clear()

    @property
    def raw(self) -> bytes | None:
        """The bytes, unless they are too many."""
        return None if self._too_large else bytes(self._bytes)

    @property
    def stripped(self) -> bytes | None:
        """The bytes without white space around them, unless they are too many."""
        return None if self._too_large else bytes(self._bytes.strip(BLANK))

    def ends(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Match the last few bytes."""
        return pattern.search(self._bytes[-KEY_TAIL:])


class Scanner:
    """Cuts one document: feed it slices, then `finish`."""

    def __init__(self) -> None:
        self._place = Place.START
        self._open = bytearray()  # the brackets that are open
        self._level = 0  # how many are open right inside of the place
        self._in_string = False
        self._escaped = False
        self._piece = Captured()
        self._shell = Captured()
        self._listed = False  # the document has conversations
        self._key = ""
        self._container = LIST
        self._first = True  # nothing stands before in the list or the parts
        self._offset = 0  # of the slice
        self._at = 0  # of the bracket that is looked at

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Yield the pieces that are whole by now."""
        if not data:  # what a backslash before it escapes is yet to come
            return
        start = 0
        position = self._string(data, 0) if self._in_string else 0
        while position < len(data):
            skipped = SKIP.match(data, position)
            position = skipped.end() if skipped else position
            if position == len(data):
                break
            byte = data[position]
            if byte == QUOTE:  # of a string that this slice does not end
                position = self._string(data, position + 1)
                continue
            self._at = self._offset + position
            closes = OPENING.get(byte)
            if closes and (not self._open or self._open.pop() != closes):
                raise Broken(BROKEN.format(self._at))
            if len(self._open) <= self._level:
                self._piece.add(data[start:position])
                start = position + 1
                yield from self._closed(byte) if closes else self._opened(byte)
            if not closes:
                self._open.append(byte)
                self._piece.count_container()
                if len(self._open) > MAX_DEPTH:
                    raise Broken(f"The file nests more than {MAX_DEPTH} levels deep.")
            position += 1
        self._piece.add(data[start:])
        self._offset += len(data)

    def finish(self) -> None:
        """Refuse a document that is not whole."""
        if self._place is not Place.END:
            raise Broken("The file ends in the middle, or is not JSON.")
        self._at = self._offset
        self._blank()

    def _string(self, data: bytes, position: int) -> int:
        """Go to the end of a string; remember if it is not here."""
        if self._escaped:
            self._escaped, position = False, position + 1
        inside = STRING.match(data, position)
        position = inside.end() if inside else position
        self._in_string = position == len(data) or data[position] != QUOTE
        self._escaped = position < len(data) and data[position] == BACKSLASH
        return len(data) if self._in_string else position + 1

    def _opened(self, byte: int) -> Iterator[Piece]:
        """Deal with a bracket that opens right inside of the place."""
        bracket = bytes((byte,))
        match self._place:
            case Place.START:
                self._blank(BOM)
                is_list = byte == LIST
                self._go(Place.CONVERSATIONS if is_list else Place.DOCUMENT, 1)
                self._piece = Captured(b"" if is_list else bracket)
            case Place.DOCUMENT if byte == LIST and self._piece.ends(CONVERSATIONS):
                self._listed = True
                yield Head((self._piece.raw or b"") + b"[]}")
                self._go(Place.CONVERSATIONS, 2)
            case Place.CONVERSATIONS:
                self._separate()
                self._go(Place.CONVERSATION, self._level + 1)
                self._piece, self._key = Captured(bracket), ""
            case Place.CONVERSATION if key := self._piece.ends(PARTS):
                self._piece.add(bracket)
                self._shell = self._piece
                self._key, self._container = key[1].decode(), byte
                self._go(Place.PARTS, self._level + 1)
            case Place.END:
                raise Broken(BROKEN.format(self._at))
            case _:
                self._piece.add(bracket)

    def _closed(self, byte: int) -> Iterator[Piece]:
        """Deal with a bracket that closes right inside of the place, or the place."""
        bracket = bytes((byte,))
        within = len(self._open) == self._level
        if within:
            self._piece.add(bracket)
        match self._place:
            case Place.PARTS if within:
                yield self._part()
            case Place.PARTS:
                if self._piece.stripped != b"":
                    yield self._part()
                self._shell.add(bracket)
                self._place, self._level = Place.CONVERSATION, self._level - 1
                self._piece = self._shell
            case Place.CONVERSATION if not within:
                self._piece.add(bracket)
                yield Shell(self._piece.raw, self._key)
                self._go(Place.CONVERSATIONS, self._level - 1)
                self._first = False
            case Place.CONVERSATIONS:
                self._blank()
                self._go(Place.DOCUMENT if self._open else Place.END, len(self._open))
            case Place.DOCUMENT if not within:
                if not self._listed:
                    raise Broken(UNKNOWN)
                self._go(Place.END, 0)

    def _go(self, place: Place, level: int) -> None:
        self._place, self._level = place, level
        self._piece, self._first = Captured(), True

    def _part(self) -> Part:
        """Take what is captured as the next part."""
        raw = self._separated()
        self._piece, self._first = Captured(), False
        if raw is None:
            return Part(None, self._key)
        wrapped = b"[%s]" if self._container == LIST else b"{%s}"
        return Part(wrapped % raw, self._key)

    def _separated(self) -> bytes | None:
        """Return what is captured, without the comma that has to stand before it."""
        raw = self._piece.stripped
        if raw is None or self._first:
            return raw
        if not raw.startswith(b",") or raw == b",":
            raise Broken(BROKEN.format(self._at))
        return raw[1:]

    def _separate(self) -> None:
        """Let nothing but one comma stand between conversations."""
        if self._piece.stripped != (b"" if self._first else b","):
            raise Broken(BROKEN.format(self._at))

    def _blank(self, *allowed: bytes) -> None:
        if self._piece.stripped not in (b"", *allowed):
            raise Broken(BROKEN.format(self._at))
