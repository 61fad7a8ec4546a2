"""What a stream of server-sent events carries, in lines of bounded length."""

from typing import TypeVar

import msgspec

from services.llm.model import ModelProtocol

MAX_LINE = 1024 * 1024  # bytes; a longer line is no token of any model
DATA = b"data:"

T = TypeVar("T")


class Lines:
    """Splits the bytes of a stream, which come in pieces of any size."""

    def __init__(self) -> None:
        self._begun: list[bytes] = []
        self._length = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return what the events carry that are whole now."""
        lines = data.split(b"\n")
        begun = lines.pop()
        if lines and self._begun:
            lines[0] = b"".join((*self._begun, lines[0]))
            self._begun, self._length = [], 0
        if begun:
            self._begun.append(begun)
            self._length += len(begun)
        if self._length > MAX_LINE:
            raise ModelProtocol
        # Anything else is an event's name, a comment or the blank between two.
        return [line[len(DATA) :].strip() for line in lines if line.startswith(DATA)]


def decoded(decoder: msgspec.json.Decoder[T], data: bytes | msgspec.Raw) -> T:
    """Decode what a provider said; raises `ModelProtocol` if it is something else."""
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelProtocol from error
