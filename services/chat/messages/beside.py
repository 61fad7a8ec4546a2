"""What stands beside a reply's text: thoughts, citations, tools, what was found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

MAX_THOUGHT = 200_000  # characters of one attempt; what the model thinks then is lost
MAX_NOTES = 500
MAX_BYTES = 512 * 1024  # of one attempt's notes; those that come then are lost
THOUGHT = "thought"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing beside the text; a later one of the same key takes its place."""

    seq: int  # the entry of the text that it came after
    key: str  # `citation/1`, `tool_call/{name}`, `retrieval`, `prompt_version`
    value: bytes  # what the llm service says, in its own words


class Packed(msgspec.Struct, array_like=True, frozen=True):
    """How it is stored."""

    thought: str
    notes: list[tuple[str, bytes]]


class Beside:
    """What one attempt at a reply has beside its text so far."""

    def __init__(self) -> None:
        self._thoughts: list[str] = []
        self.thought = 0  # characters
        self._notes: list[Note | None] = []  # None: another one took its place
        self._latest: dict[str, int] = {}
        self._bytes = 0

    @property
    def count(self) -> int:
        """How many notes there have been."""
        return len(self._notes)

    def think(self, text: str, *, at: int | None = None) -> bool:
        """Add what the model thinks, after `at` characters; False if it is known."""
        if at is not None:
            if not at <= self.thought < at + len(text):
                return False
            text = text[self.thought - at :]
        text = text[: MAX_THOUGHT - self.thought]
        self._thoughts.append(text)
        self.thought += len(text)
        return bool(text)

    def thought_after(self, offset: int, limit: int) -> str:
        """Return what the model thought after so many characters."""
        if len(self._thoughts) > 1:
            self._thoughts = ["".join(self._thoughts)]
        return "".join(self._thoughts)[offset : offset + limit]

    def note(self, note: Note) -> bool:
        """Add a note; False if there is no room for it."""
        before = self._latest.get(note.key)
        known = None if before is None else self._notes[before]
        size = self._bytes + len(note.value) - (len(known.value) if known else 0)
        if len(self._notes) >= MAX_NOTES or size > MAX_BYTES:
            return False
        if before is not None:
            self._notes[before] = None
        self._latest[note.key] = len(self._notes)
        self._notes.append(note)
        self._bytes = size
        return True

    def after(self, index: int) -> Iterator[tuple[int, Note]]:
        """Yield the notes from an index on, each with the index after it."""
        for number in range(index, len(self._notes)):
            if note := self._notes[number]:
                yield number + 1, note

    def packed(self, *, upto: int | None = None) -> bytes | None:
        """Pack it to be stored, but for notes after an entry; None if it is nothing."""
        notes = [
            (note.key, note.value)
            for _, note in self.after(0)
            if upto is None or note.seq <= upto
        ]
        if not notes and not self.thought:
            return None
        thought = self.thought_after(0, MAX_THOUGHT)
        return msgspec.msgpack.encode(Packed(thought, notes))

    def load(self, packed: bytes | None, seq: int) -> bool:
        """Add what is stored, as of an entry; False if there was nothing new."""
        thought, notes = unpacked(packed)
        new = bool(thought) and self.think(thought, at=0)
        for key, value in notes:
            before = self._latest.get(key)
            known = None if before is None else self._notes[before]
            if not known or known.value != value:
                new = self.note(Note(seq, key, value)) or new
        return new


def unpacked(packed: bytes | None) -> tuple[str, Sequence[tuple[str, bytes]]]:
    """Return the thoughts and notes that are stored."""
    if not packed:
        return "", ()
    stored = msgspec.msgpack.decode(packed, type=Packed)
    return stored.thought, stored.notes
