"""
Zip archives, read from their directory: which entries to read, and where they lie.

Nothing is believed that could cost more than it is worth: sizes of what is unpacked
are not read at all (`inflate.py` counts), and the directory is bounded.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from services.chat.transfer.formats.problem import Broken

SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")  # of a file; of an empty archive
END = struct.Struct("<4s6xHLLH")  # of the central directory
END_SIGNATURE = b"PK\x05\x06"
LOCATOR = struct.Struct("<4s4xQ4x")
LOCATOR_SIGNATURE = b"PK\x06\x07"
END_64 = struct.Struct("<4s28xQQQ")
END_64_SIGNATURE = b"PK\x06\x06"
ENTRY = struct.Struct("<4s4xHH4xLLLHHH8xL")
ENTRY_SIGNATURE = b"PK\x01\x02"
LOCAL = struct.Struct("<4s22xHH")
LOCAL_SIGNATURE = b"PK\x03\x04"
ZIP_64 = 0x0001
FULL = 0xFFFFFFFF

TAIL = 64 * 1024 + END.size + LOCATOR.size  # where the end is looked for
MAX_DIRECTORY = 8 * 1024 * 1024
MAX_DOCUMENTS = 1_000
STORED, DEFLATED = 0, 8
ENCRYPTED = 0x0001
# ChatGPT splits large exports into conversations-000.json and so on.
DOCUMENT = re.compile(r"(?:.*/)?conversations(?:-(\d{1,9}))?\.json", re.DOTALL)

DAMAGED = "The zip archive is damaged or cut off."


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the file something lies."""

    start: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A document in the archive."""

    number: int
    method: int
    crc: int
    packed: int
    header: int  # where its local header begins


def directory_of(tail: bytes, size: int) -> Span | None:
    """
    Find the directory, given the last bytes of a file of this size.

    None if the archive is in the 64-bit format, and another place has to be looked at:
    `end_64_of` says which.
    """
    position = tail.rfind(END_SIGNATURE)
    if position < 0 or len(tail) - position < END.size:
        raise Broken(DAMAGED)
    _, _, length, start, _ = END.unpack_from(tail, position)
    if FULL in (length, start):
        return None
    # What is prepended to an archive shifts it; an export has nothing there.
    return checked(Span(start, length), within=size - len(tail) + position)


def end_64_of(tail: bytes, size: int) -> Span:
    """Find the end of a 64-bit directory."""
    position = tail.rfind(END_SIGNATURE) - LOCATOR.size
    if position < 0:
        raise Broken(DAMAGED)
    signature, start = LOCATOR.unpack_from(tail, position)
    if signature != LOCATOR_SIGNATURE:
        raise Broken(DAMAGED)
    return checked(Span(start, END_64.size), within=size)


def directory_64_of(end: bytes, size: int) -> Span:
    """Find the directory, given the end of a 64-bit one."""
    if len(end) < END_64.size:
        raise Broken(DAMAGED)
    signature, _, length, start = END_64.unpack_from(end)
    if signature != END_64_SIGNATURE:
        raise Broken(DAMAGED)
    return checked(Span(start, length), within=size)


def documents(directory: bytes, size: int) -> list[Entry]:
    """Return the documents with conversations, in order."""
    found = sorted(entries(directory, size), key=lambda entry: entry.number)
    if not found:
        raise Broken("The zip archive holds no conversations.json.")
    if len(found) > MAX_DOCUMENTS:
        raise Broken("The zip archive holds too many files of conversations.")
    # Each byte is read once, so that no file costs more to read than its size.
    if sum(LOCAL.size + entry.packed for entry in found) > size:
        raise Broken("The files in the zip archive overlap.")
    return found


def entries(directory: bytes, size: int) -> Iterator[Entry]:
    """Yield the documents with conversations as the directory names them."""
    position = 0
    while position < len(directory):
        if len(directory) - position < ENTRY.size:
            raise Broken(DAMAGED)
        signature, flags, method, crc, packed, unpacked, *lengths, header = (
            ENTRY.unpack_from(directory, position)
        )
        if signature != ENTRY_SIGNATURE:
            raise Broken(DAMAGED)
        named = position + ENTRY.size
        extra = named + lengths[0]
        position = extra + lengths[1] + lengths[2]
        name = directory[named:extra].decode("utf-8", "replace")
        if not (document := DOCUMENT.fullmatch(name)):
            continue
        if flags & ENCRYPTED:
            raise Broken("The zip archive is encrypted.")
        if method not in (STORED, DEFLATED):
            raise Broken("The zip archive is packed by a method not known here.")
        large = iter(large_sizes(directory[extra : extra + lengths[1]]))
        if unpacked == FULL:
            next(large, 0)
        packed = next(large, FULL) if packed == FULL else packed
        header = next(large, FULL) if header == FULL else header
        checked(Span(header, LOCAL.size + packed), within=size)
        yield Entry(
            number=int(document[1] or 0),
            method=method,
            crc=crc,
            packed=packed,
            header=header,
        )


def large_sizes(extra: bytes) -> tuple[int, ...]:
    """Return the sizes that did not fit into 32 bits."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        position += 4
        if kind == ZIP_64:
            whole = extra[position : position + length - length % 8]
            return tuple(number for (number,) in struct.iter_unpack("<Q", whole))
        position += length
    return ()


def packed_of(entry: Entry, local: bytes, size: int) -> Span:
    """Find an entry's packed bytes, given its local header."""
    if len(local) < LOCAL.size:
        raise Broken(DAMAGED)
    signature, name, extra = LOCAL.unpack_from(local)
    if signature != LOCAL_SIGNATURE:
        raise Broken(DAMAGED)
    start = entry.header + LOCAL.size + name + extra
    return checked(Span(start, entry.packed), within=size)


def checked(span: Span, *, within: int) -> Span:
    """Refuse what does not lie in the file."""
    if span.start + span.size > within:
        raise Broken(DAMAGED)
    return span
