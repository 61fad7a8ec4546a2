"""How events come into the log: those of one moment together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from secrets import token_bytes
from typing import Any
from uuid import uuid4

from prometheus_client import Counter, Histogram

from services.auth.audit.chain import link
from services.auth.audit.model import (
    BEGINNING,
    FORGED,
    Entry,
    Event,
    Head,
    Mark,
    Place,
    Record,
    detail,
    fitting,
    user_of,
)
from services.auth.audit.ports import AT_ONCE, Draft, Pending, Records
from services.auth.audit.signing import AuditKeys
from services.kit.clock import Clock
from services.kit.errors import Overloaded

log = logging.getLogger("audit")

WAITING = 1_000  # more are refused, and what they are about with them
RETRY_SECONDS = 1.0
SALT_BYTES = 32

recorded = Counter("audit_events", "Security events.", ("action", "outcome"))
lost = Counter("audit_events_lost", "Security events that could not be stored.")
appending = Histogram(
    "audit_append_seconds",
    "How long it took to store the events of one moment.",
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)


class Log:
    """
    Appends events, in the order in which they are recorded.

    While one transaction runs, what comes meanwhile waits and is appended by the next:
    the log has one end, and waits for the disk once for all of them. Events of changes
    are stored with these first, as pending. Whoever appends next takes them along, so
    they get into the log also if the process dies that made the change.
    """

    def __init__(self, records: Records, keys: AuditKeys, *, clock: Clock) -> None:
        self._records = records
        self._keys = keys
        self._clock = clock
        # Of tasks in a block of `together`: whether there is an event in it.
        self._changing: dict[asyncio.Task[Any] | None, bool] = {}
        self._waiting: list[tuple[Draft, asyncio.Future[None]]] = []
        self._kept: list[asyncio.Future[None]] = []  # what they wait for is pending
        self._appending: asyncio.Task[None] | None = None

    async def record(self, event: Event) -> None:
        """Record an event; raise `Unavailable` or `Overloaded` if that cannot be."""
        task = asyncio.current_task()
        if task in self._changing:
            await self._records.keep(self._keys.pending(self._draft(event)))
            self._changing[task] = True
            return
        if self._full:
            tell_lost([self._draft(event)])
            raise Overloaded(retry_seconds=RETRY_SECONDS)
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((self._draft(event), stored))
        await self._appended(stored)

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Store what the block changes with its events, and then append these."""
        task = asyncio.current_task()
        if task in self._changing:
            yield
            return
        if self._full:
            raise Overloaded(retry_seconds=RETRY_SECONDS)
        self._changing[task] = False
        try:
            async with self._records.together():
                yield
        finally:
            recorded = self._changing.pop(task)
        if recorded:
            try:
                await self.append_pending()
            except Exception:
                log.warning("events stay pending", exc_info=True)

    async def catch_up(self) -> int:
        """Append what a process left behind that has died; return how much it was."""
        count = await self._records.pending()
        if count:
            await self.append_pending()
        return count

    async def append_pending(self) -> None:
        """Append all that is pending by now."""
        stored = asyncio.get_running_loop().create_future()
        self._kept.append(stored)
        await self._appended(stored)

    @property
    def _full(self) -> bool:
        return len(self._waiting) + len(self._kept) >= WAITING

    async def _appended(self, stored: asyncio.Future[None]) -> None:
        if not self._appending or self._appending.done():
            self._appending = asyncio.create_task(self._append(), name="audit")
        # Who goes away takes no event along.
        await asyncio.wait([stored])
        stored.result()

    async def _append(self) -> None:
        while self._waiting or self._kept:
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            kept, self._kept = self._kept, []
            drafts = [draft for draft, _ in batch]
            waiting = [stored for _, stored in batch]
            try:
                with appending.time():
                    records = await self._records.append(drafts, self._seal)
            except Exception as error:
                tell_lost(drafts)
                for stored in (*waiting, *kept):
                    stored.set_exception(error)
                    stored.exception()  # who went away does not look
                continue
            if len(records) - len(drafts) < AT_ONCE:
                waiting += kept
            else:
                self._kept = [*kept, *self._kept]  # more is pending
            for record in records:
                tell(record)
            for stored in waiting:
                stored.set_result(None)

    def _seal(
        self, head: Head | None, pending: Sequence[Pending], drafts: Sequence[Draft]
    ) -> tuple[Sequence[Record], Head]:
        """Give what is pending, and then drafts, their places after the head."""
        mark = head.mark if head else BEGINNING
        records = []
        for draft in (*map(self._genuine, pending), *drafts):
            records.append(self._record(mark, draft))
            mark = records[-1].mark
        return records, self._keys.head(mark.index, mark.hash, self._clock())

    def _genuine(self, pending: Pending) -> Draft:
        """Return what was kept here; of anything else, that somebody put it there."""
        if self._keys.signed_pending(pending) and not pending.appended:
            return pending.draft
        return self._draft(
            Event(
                action=FORGED,
                outcome="denied",
                actor=None,
                subject="auditEvents/-",
                details={"id": str(pending.draft.entry.id)},
            )
        )

    def _record(self, after: Mark, draft: Draft) -> Record:
        index = after.index + 1
        hash = link(after.hash, index, draft.entry.content)
        return Record(
            mark=self._keys.mark(index, hash),
            previous=after.hash,
            entry=draft.entry,
            place=draft.place,
        )

    def _draft(self, event: Event) -> Draft:
        place = place_of(event)
        entry = Entry(
            id=uuid4(),
            time=self._clock(),
            action=event.action,
            outcome=event.outcome,
            actor=event.actor,
            user_id=user_of(event.subject) or event.actor,
            subject=detail(event.subject),
            session=event.session,
            stranger=self._keys.stranger(event.stranger) if event.stranger else None,
            details={key: detail(value) for key, value in event.details.items()},
            place_hash=place.hash if place else None,
        )
        return Draft(entry, place)


def place_of(event: Event) -> Place | None:
    """Return where somebody was, to be kept; None if nothing is known of it."""
    if not event.address and not event.user_agent:
        return None
    return Place(
        salt=token_bytes(SALT_BYTES),
        address=fitting(event.address or ""),
        user_agent=fitting(event.user_agent),
    )


def tell(record: Record) -> None:
    """Put an event into the log of the process too, and count it."""
    entry, index, hash = record.entry, record.index, record.mark.hash
    recorded.labels(entry.action, entry.outcome).inc()
    log.info(entry.action, extra={**said(entry), "event": f"{index}:{hash.hex()}"})


def tell_lost(drafts: Sequence[Draft]) -> None:
    """Put events that were not stored into the log of the process at least."""
    for draft in drafts:
        lost.inc()
        log.error("not stored: %s", draft.entry.action, extra=said(draft.entry))


def said(entry: Entry) -> dict[str, str]:
    """Say of an event what lines of logs may hold: not where somebody was."""
    return {
        "outcome": entry.outcome,
        "actor": f"users/{entry.actor}" if entry.actor else "",
        "subject": entry.subject,
    }
