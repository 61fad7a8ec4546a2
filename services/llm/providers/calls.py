"""Calls of tools, put together from the parts in which they are streamed."""

from collections.abc import Sequence
from uuid import uuid4

import msgspec

from services.llm.model import ModelProtocol, ToolUse

MAX_CALLS = 128
MAX_ARGUMENTS = 1024 * 1024  # characters, of all calls of an answer
NAMELESS = "parley_"  # how the ID of a call begins that its provider gave none


class Call:
    """One call, as far as it is known."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []


class Calls:
    """The calls of one answer, in the order in which they began."""

    def __init__(self) -> None:
        self._calls: dict[object, Call] = {}
        self._length = 0

    def add(
        self,
        key: object,
        id: str | None = None,
        name: str | None = None,
        arguments: str | None = None,
    ) -> None:
        """Add a part to the call with this key; raises `ModelProtocol` if too long."""
        call = self._calls.setdefault(key, Call())
        call.id = call.id or id or ""
        call.name = call.name or name or ""
        if arguments:
            call.arguments.append(arguments)
            self._length += len(arguments)
        if len(self._calls) > MAX_CALLS or self._length > MAX_ARGUMENTS:
            raise ModelProtocol

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def keys(self) -> Sequence[object]:
        """What tells them apart while they are streamed."""
        return [*self._calls]

    def whole(self) -> Sequence[ToolUse]:
        """Return the calls; not every provider gives them IDs."""
        if not all(call.name for call in self._calls.values()):
            raise ModelProtocol
        return [
            ToolUse(
                call.id or f"{NAMELESS}{uuid4().hex}",
                call.name,
                "".join(call.arguments) or "{}",
            )
            for call in self._calls.values()
        ]


def arguments(use: ToolUse) -> dict[str, object]:
    """Read what a model wrote, for protocols that take nothing but an object."""
    try:
        return msgspec.json.decode(use.arguments, type=dict[str, object])
    except msgspec.DecodeError:
        return {}
