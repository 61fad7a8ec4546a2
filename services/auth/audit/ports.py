"""What the audit log needs from the outside, and what it is to others."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.auth.audit.model import Entry, Event, Filter, Head, Mark, Place, Record

AT_ONCE = 100  # appended in one transaction


class Audit(Protocol):
    """Where events are recorded."""

    async def record(self, event: Event) -> None:
        """
        Record an event, or raise: then what it is about must not look as if done.

        Called after the change, or the refusal, and before the answer: of a change in
        a block of `together`.
        """

    def together(self) -> AbstractAsyncContextManager[None]:
        """
        Store what the block changes, and the events it records, all or nothing.

        Nothing but the database is asked in it. A refusal is recorded outside: it would
        be undone with the rest.
        """


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be appended."""

    entry: Entry
    place: Place | None


@dataclass(frozen=True, slots=True)
class Pending:
    """A draft that was stored with the change it tells of, and signed meanwhile."""

    draft: Draft
    key_id: str
    signature: bytes
    appended: bool = False  # its event is in the log already


# Gives what is pending, and then drafts, their places after the head; returns them and
# the new head.
Seal = Callable[
    [Head | None, Sequence[Pending], Sequence[Draft]], tuple[Sequence[Record], Head]
]


class Records(Protocol):
    """The stored log."""

    async def append(self, drafts: Sequence[Draft], seal: Seal) -> Sequence[Record]:
        """
        Append what is pending (the first `AT_ONCE` of it), then the drafts, or nothing.

        No other process appends in between. When an entry says that a user is deleted,
        the user's places go too.
        """

    def together(self) -> AbstractAsyncContextManager[None]:
        """Make one transaction of all that the running task stores in the block."""

    async def keep(self, pending: Pending) -> None:
        """Store what is to be appended, with what else the transaction stores."""

    async def pending(self) -> int:
        """Count what is to be appended."""

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
