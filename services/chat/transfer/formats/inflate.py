"""Unpacking one entry of an archive, a slice at a time, up to a limit."""

import zlib
from collections.abc import Iterator

from services.chat.transfer.formats.archive import DAMAGED, DEFLATED, Entry
from services.chat.transfer.formats.problem import Broken

MAX_INFLATED = 4 * 1024**3
MAX_RATIO = 200  # text packs to a tenth; a hundredth is rare
RATIO_FREE = 16 * 1024 * 1024  # below which the ratio does not matter
RAW = -zlib.MAX_WBITS
TOO_LARGE = "The zip archive unpacks to more than may be."


class Allowance:
    """How much may be unpacked, of a whole file."""

    def __init__(self) -> None:
        self._packed = 0
        self._unpacked = 0

    def spend(self, *, packed: int, unpacked: int) -> None:
        """Count what was read and what came of it."""
        self._packed += packed
        self._unpacked += unpacked
        by_ratio = max(RATIO_FREE, self._packed * MAX_RATIO)
        if self._unpacked > min(MAX_INFLATED, by_ratio):
            raise Broken(TOO_LARGE)


class Inflater:
    """Unpacks one entry: feed it slices, then `finish`."""

    def __init__(self, entry: Entry, allowance: Allowance, *, slice_size: int) -> None:
        self._crc = entry.crc
        self._allowance = allowance
        self._slice_size = slice_size
        self._stream = zlib.decompressobj(RAW) if entry.method == DEFLATED else None
        self._sum = 0

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Yield what is unpacked by now, in slices."""
        self._allowance.spend(packed=len(packed), unpacked=0)
        more = bool(packed)
        while more:
            unpacked, packed = self._step(packed)
            self._allowance.spend(packed=0, unpacked=len(unpacked))
            self._sum = zlib.crc32(unpacked, self._sum)
            if unpacked:
                yield unpacked
            # A slice that is full may not be all that came of what was read.
            more = bool(packed) or len(unpacked) == self._slice_size

    def finish(self) -> None:
        """Refuse an entry that is not whole."""
        if (self._stream and not self._stream.eof) or self._sum != self._crc:
            raise Broken(DAMAGED)

    def _step(self, packed: bytes) -> tuple[bytes, bytes]:
        """Unpack one slice; return it and what is left."""
        if self._stream is None:
            return packed[: self._slice_size], packed[self._slice_size :]
        if self._stream.eof and packed:
            raise Broken(DAMAGED)
        try:
            unpacked = self._stream.decompress(packed, self._slice_size)
        except zlib.error as error:
            raise Broken(DAMAGED) from error
        return unpacked, self._stream.unconsumed_tail
