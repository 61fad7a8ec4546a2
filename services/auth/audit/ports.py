"""What the audit log needs from the outside, and what it is to others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.auth.audit.model import Entry, Event, Filter, Head, Mark, Place, Record


class Audit(Protocol):
    """Where events are recorded."""

    async def record(self, event: Event) -> None:
        """
        Record an event, or raise: then what it is about must not look as if done.

        Called after the change, or the refusal, and before the answer.
        """


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be appended."""

    entry: Entry
    place: Place | None


# Gives drafts their places after the head; returns them and the new head.
Seal = Callable[[Head | None, Sequence[Draft]], tuple[Sequence[Record], Head]]


class Records(Protocol):
    """The stored log."""

    async def append(self, drafts: Sequence[Draft], seal: Seal) -> Sequence[Record]:
        """
        Append all of them, or nothing; no other process appends in between.

        When an entry says that a user is deleted, the user's places go too.
        """

    async def head(self) -> Head | None:
        """Return how far the log goes; None if nothing was ever recorded."""

    async def base(self) -> Mark:
        """Return what the first event that is kept follows."""

    async def mark(self, index: int) -> Mark | None:
        """Return the mark of a kept event, or of the base."""

    async def after(self, index: int, limit: int) -> Sequence[Record]:
        """Return the first events after an index."""

    async def before(
        self, index: int | None, limit: int, wanted: Filter
    ) -> Sequence[Record]:
        """Return the last events before an index, the newest first."""

    async def said_until(self, action: str) -> int:
        """Return up to which index the log says that it did something; 0 for none."""

    async def last_before(self, time: datetime, *, after: int) -> int:
        """Return the index up to which all events after another are older than that."""

    async def forget_places(self, until: int) -> int:
        """Erase some of the places up to an index; return how many."""

    async def cut(self, until: int) -> int:
        """Have the log begin after an index; return how many events were removed."""
