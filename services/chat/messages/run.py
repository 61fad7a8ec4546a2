"""The log of one reply, in the memory of a process."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.chat.messages.beside import Beside, Note
from services.chat.messages.model import (
    Message,
    SeqOutOfRange,
    attempt_of,
    first_seq,
)
from services.chat.names import MessageName

HEARTBEAT_SECONDS = 15.0
MERGED = 64 * 1024  # characters that one event may carry
NOTHING: tuple[int, Note | None] = (0, None)


@dataclass(frozen=True, slots=True)
class Delta:
    """The characters after entry `after_seq` up to `seq`."""

    after_seq: int
    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class Thought:
    """The model thinks, after `offset` characters of thoughts."""

    seq: int
    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Something stands beside the text."""

    seq: int
    note: Note


@dataclass(frozen=True, slots=True)
class Restarted:
    """Another attempt begins: what was shown is void."""

    after_seq: int
    seq: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing new, but alive."""

    seq: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The reply as stored."""

    after_seq: int
    reply: Message


Event = Delta | Thought | Noted | Restarted | Heartbeat | Ended


class Run:
    """
    One reply as it comes about, and its readers.

    Readers follow at their own pace. What piles up while one is being written to is
    merged into its next event, so a busy system sends fewer, larger ones.
    """

    def __init__(self, name: MessageName, attempt: int) -> None:
        self.name = name
        self.attempt = attempt
        self.readers = 0
        self._pieces: list[str] = []
        self._ends: list[int] = []  # the seq that each piece ends with
        self.beside = Beside()
        self._ended: Message | None = None
        self._lost = False
        self._changed = asyncio.Event()

    @property
    def text(self) -> str:
        """What this attempt has written so far."""
        return "".join(self._pieces)

    @property
    def seq(self) -> int:
        """The number of the newest entry."""
        return self._ends[-1] if self._ends else first_seq(self.attempt)

    @property
    def over(self) -> bool:
        """Whether nothing will be added any more."""
        return self._lost or self._ended is not None

    def append(self, piece: str) -> None:
        """Add the characters of a piece and wake the readers."""
        self._ends.append(self.seq + len(piece))
        self._pieces.append(piece)
        self._wake()

    def think(self, text: str, *, at: int | None = None) -> None:
        """Add what the model thinks and wake the readers."""
        if self.beside.think(text, at=at):
            self._wake()

    def note(self, key: str, value: bytes) -> None:
        """Add something beside the text and wake the readers."""
        if self.beside.note(Note(self.seq, key, value)):
            self._wake()

    def load(self, beside: bytes | None) -> None:
        """Add what is stored beside the text and wake the readers."""
        if self.beside.load(beside, self.seq):
            self._wake()

    def restart(self, attempt: int) -> None:
        """Forget what is written, and begin an attempt."""
        self.attempt = attempt
        self._pieces, self._ends, self.beside = [], [], Beside()
        self._wake()

    def end(self, reply: Message) -> None:
        """Add the last entry: the reply as it is stored."""
        self._ended = reply
        self._wake()

    def lose(self) -> None:
        """Leave the reply to another replica; the readers are cut, and go there."""
        self._lost = True
        self._wake()

    def upto(self, seq: int) -> str:
        """Return the text up to an entry of this attempt."""
        return self.text[: max(0, seq - first_seq(self.attempt))]

    def after(self, seq: int, upto: int | None = None) -> tuple[int, str]:
        """Return the last seq of what follows, as far as one event carries, and it."""
        first = last = bisect_right(self._ends, seq)
        end = seq + MERGED if upto is None else min(upto, seq + MERGED)
        limit = max(self._ends[first], end)
        while last < len(self._ends) and self._ends[last] <= limit:
            last += 1
        text, end = "".join(self._pieces[first:last]), self._ends[last - 1]
        return end, text[len(text) - (end - seq) :]

    async def follow(self, after_seq: int) -> AsyncIterator[Event]:
        """
        Yield what comes after an entry until the reply has ended.

        Ends without an `Ended` if the reply is lost to another replica.
        """
        shown = after_seq
        beside, noted, thought = self.beside, 0, 0
        self.readers += 1
        try:
            while True:
                beginning = first_seq(self.attempt)
                at = max(shown, beginning)
                if beside is not self.beside:
                    beside, noted, thought = self.beside, 0, 0
                following, note = next(beside.after(noted), NOTHING)
                if shown < beginning and self.attempt > 1:
                    yield Restarted(shown, beginning, self.attempt)
                    shown = beginning
                elif thought < beside.thought:
                    text = beside.thought_after(thought, MERGED)
                    yield Thought(shown, thought, text)
                    thought += len(text)
                elif note and note.seq <= at:
                    noted = following
                    yield Noted(shown, note)
                elif at < self.seq:
                    seq, text = self.after(at, note.seq if note else None)
                    yield Delta(shown, seq, text)
                    shown = seq
                elif self._ended:
                    yield Ended(shown, self._ended)
                    return
                elif self._lost:
                    return
                elif not await self._wait():
                    yield Heartbeat(shown)
        finally:
            self.readers -= 1

    def require_reached(self, seq: int) -> None:
        """Refuse an entry that there is not yet."""
        if attempt_of(seq) > self.attempt or seq > max(
            self.seq, self._ended.seq if self._ended else 0
        ):
            raise SeqOutOfRange(seq=self.seq)

    async def wait_until_over(self, seconds: float) -> Message | None:
        """Wait for the end; return the reply as stored, or None if it is not here."""
        try:
            async with asyncio.timeout(seconds):
                while not self.over:
                    await self._changed.wait()
        except TimeoutError:
            pass
        return self._ended

    async def wait_for(self, seq: int, seconds: float) -> None:
        """Wait until an entry is there, or the reply is over."""
        self.readers += 1
        try:
            async with asyncio.timeout(seconds):
                while self.seq < seq and not self.over:
                    await self._changed.wait()
        except TimeoutError:
            pass
        finally:
            self.readers -= 1

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _wait(self) -> bool:
        """Wait for the next entry; False if it is time for a heartbeat."""
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True
