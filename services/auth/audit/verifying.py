"""Whether the log is whole, and where it is not."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass

from services.auth.audit.chain import Broken, follows, place_problem, problem_of
from services.auth.audit.model import (
    BEGINNING,
    CUT,
    PLACES_FORGOTTEN,
    Head,
    Mark,
    Record,
)
from services.auth.audit.ports import Records
from services.auth.audit.signing import AuditKeys

LOWEST = -(2**63)
BATCH = 500
NEAR = 500  # how far around a wrong event its right place is looked for


@dataclass(frozen=True, slots=True)
class Progress:
    """How many events were looked at, of how many."""

    verified: int
    total: int


@dataclass(frozen=True, slots=True)
class Verified:
    """All events are right."""

    base: Mark
    count: int
    erased_places: int
    head: Mark


@dataclass(frozen=True, slots=True)
class Expected:
    """A place that the log has to have."""

    index: int
    hash: bytes


Step = Progress | Verified | Broken


class Verification:
    """
    Goes through the log once, and a second time if something is wrong.

    The hashes lead from the base to the head, whose signature is therefore enough. Only
    where that fails, every event's own signature tells which of them is the first that
    is wrong: hashes can be made anew by anybody, signatures cannot.
    """

    def __init__(self, records: Records, keys: AuditKeys) -> None:
        self._records = records
        self._keys = keys
        self._erased = 0
        self._forgotten = 0

    async def run(self, expected: Expected | None = None) -> AsyncGenerator[Step, None]:
        """Yield how far it is, and last what came out."""
        # The head first: what comes meanwhile is for the next time.
        head = await self._records.head()
        base = await self._records.base()
        self._forgotten = await self._records.said_until(PLACES_FORGOTTEN)
        if broken := await self._ends(base, head):
            yield broken
            return
        last = head.mark.index if head else 0
        mark, wrong = base, False
        async for records in self._batches(base, last):
            mark, wrong = self._through(records, mark)
            if wrong:
                break
            yield Progress(mark.index - base.index, last - base.index)
        if wrong and await self._removed_since(base):
            self._erased = 0
            async for step in self.run(expected):
                yield step
        elif wrong or not await self._whole(mark, head):
            async for step in self._first(base, last):
                yield step
        elif expected and not await self._had(expected, base):
            yield Broken(min(expected.index, last + 1), "set_back")
        else:
            yield Verified(base, last - base.index, self._erased, mark)

    async def _removed_since(self, base: Mark) -> bool:
        """Tell whether what is old was removed meanwhile, which is no damage."""
        forgotten = await self._records.said_until(PLACES_FORGOTTEN)
        return (await self._records.base(), forgotten) != (base, self._forgotten)

    async def _had(self, expected: Expected, base: Mark) -> bool:
        """Tell whether the log has a place that it had, or that was cut off since."""
        if expected.index < base.index:
            return True
        found = await self._records.mark(expected.index)
        return bool(found and found.hash == expected.hash)

    async def _ends(self, base: Mark, head: Head | None) -> Broken | None:
        """Look at where the log begins and ends."""
        lowest = await self._records.after(LOWEST, 1)
        if lowest and lowest[0].index < 1:
            return Broken(lowest[0].index, "inserted")
        if base != BEGINNING:
            # Who cuts off the beginning has to have said so, in the log itself.
            if await self._records.said_until(CUT) < base.index:
                return Broken(1, "deleted")
            if not self._keys.signed(base):
                return Broken(base.index, "signature")
        if head and not self._keys.signed_head(head):
            return Broken(max(head.mark.index, 1), "signature")
        return None

    async def _whole(self, mark: Mark, head: Head | None) -> bool:
        """Tell whether the log ends where its head says, and how."""
        if head and (mark.index, mark.hash) != (head.mark.index, head.mark.hash):
            return False
        # An event beyond the head that was there before: somebody put it there.
        newer = await self._records.head()
        last = newer.mark.index if newer else 0
        beyond = await self._records.after(last, 1)
        return not beyond

    def _through(self, records: Sequence[Record], mark: Mark) -> tuple[Mark, bool]:
        """Go through some events; tell how far they are right, and whether not all."""
        for record in records:
            if not follows(record, mark) or place_problem(record, self._forgotten):
                return mark, True
            self._erased += bool(record.entry.place_hash and not record.place)
            mark = record.mark
        return mark, False

    async def _first(self, base: Mark, last: int) -> AsyncIterator[Step]:
        """Yield how far it is, and last the first event that is not as auth signed."""
        mark = base
        async for records in self._batches(base, last + NEAR):
            for record in records:
                if not follows(record, mark) or not self._keys.signed(record.mark):
                    yield await self._broken(record, mark, last)
                    return
                if record.index > last:
                    yield Broken(record.index, "set_back")
                    return
                if problem := place_problem(record, self._forgotten):
                    yield Broken(record.index, problem)
                    return
                mark = record.mark
            yield Progress(mark.index - base.index, last - base.index)
            # Signatures take long, and others are waiting.
            await asyncio.sleep(0)
        yield await self._broken(None, mark, last)

    async def _broken(self, record: Record | None, mark: Mark, last: int) -> Broken:
        following = await self._records.after(record.index, NEAR) if record else ()
        problem = problem_of(record, following, after=mark, last=last, keys=self._keys)
        return Broken(mark.index + 1, problem)

    async def _batches(self, base: Mark, last: int) -> AsyncIterator[Sequence[Record]]:
        """Yield the events up to the last, in order."""
        index = base.index
        while index < last:
            records = await self._records.after(index, min(BATCH, last - index))
            if not records:
                return
            yield records
            index = records[-1].index
