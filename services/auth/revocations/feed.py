"""Finding out what was revoked, and telling who watches."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Protocol, Self

from services.auth.revocations.ports import StoredRevocations
from services.kit.errors import Overloaded, ServiceError, Unavailable
from services.kit.revocations import LIFE_SECONDS, Revocations, Revoked

log = logging.getLogger(__name__)

TOPIC = "revocations"
# How often the store is asked when nothing says to. A signal makes it sooner, and
# nothing depends on one.
LOOK_SECONDS = 0.25
# A transaction may commit after later ones: rows of so long ago are looked at again. It
# is longer than any transaction of auth may take.
OVERLAP = timedelta(seconds=60)
LIFE = timedelta(seconds=LIFE_SECONDS)
SIGN_SECONDS = 1.0  # how often a watcher hears that there is nothing new
STALE_SECONDS = 2.0  # without an answer of the store for so long, this replica is blind
BATCH = 1000  # in one response
WAITING = 100_000  # that a watcher who does not read may leave unread


@dataclass(frozen=True, slots=True)
class Told:
    """What a watcher is told at once; `complete`: that is all until now."""

    revoked: Sequence[Revoked]
    complete: bool


class Watcher:
    """Who is told, and of what not yet."""

    def __init__(self, revoked: Sequence[Revoked]) -> None:
        self._waiting = list(revoked)
        self._woken = asyncio.Event()

    def tell(self, revoked: Sequence[Revoked]) -> None:
        """Have these told next; none is a sign of life."""
        self._waiting += revoked
        self._woken.set()

    def take(self) -> Told:
        """Take what is next."""
        batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        return Told(batch, complete=not self._waiting)

    async def wait(self) -> None:
        """Wait until there is something to tell."""
        if not self._waiting:
            await self._woken.wait()
        self._woken.clear()

    @property
    def behind(self) -> bool:
        """Whether it leaves too much unread."""
        return len(self._waiting) > WAITING


class Subscription(Protocol):
    """Messages that say to look."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...
    async def next(self, seconds: float) -> bytes | None: ...


class Signals(Protocol):
    """Where the replicas tell each other to look."""

    def subscribe(self, topic: str) -> Subscription: ...


class Feed:
    """
    Reads what is revoked, for this process and whoever watches.

    One reader serves all watchers, and every replica reads for itself.
    """

    def __init__(
        self, store: StoredRevocations, signals: Signals, revocations: Revocations
    ) -> None:
        self._store = store
        self._signals = signals
        self._revocations = revocations
        self._known: OrderedDict[int, tuple[float, Revoked]] = OrderedDict()
        self._watchers: set[Watcher] = set()
        self._telling = True
        self._read_time = float("-inf")
        self._sign_time = float("-inf")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Go on reading while the block runs."""
        reading = asyncio.create_task(self._keep_reading(), name="revocations")
        try:
            yield
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Have watchers go to another replica when the block ends."""
        try:
            yield
        finally:
            self._telling = False
            for watcher in self._watchers:
                watcher.tell(())

    async def watch(self) -> AsyncGenerator[Told]:
        """Tell all that is known, then the rest as it comes, and signs of life."""
        if monotonic() - self._read_time > STALE_SECONDS or not self._telling:
            raise Unavailable(part="postgres", retry_seconds=1)
        watcher = Watcher([revoked for _, revoked in self._known.values()])
        self._watchers.add(watcher)
        try:
            while self._telling and not watcher.behind:
                yield watcher.take()
                await watcher.wait()
        finally:
            self._watchers.discard(watcher)

    async def _keep_reading(self) -> None:
        async with self._signals.subscribe(TOPIC) as signals:
            age = LIFE
            while True:
                try:
                    self._take(await self._store.since(age))
                    age = OVERLAP
                except (Unavailable, Overloaded) as error:
                    self._missed(error)
                    # What commits meanwhile may be older than the overlap.
                    age = LIFE
                except Exception:
                    # Nobody would notice that what is revoked is read no more.
                    log.exception("what is revoked cannot be read")
                    age = LIFE
                await signals.next(LOOK_SECONDS)

    def _take(self, found: Mapping[int, Revoked]) -> None:
        """Take what was read, and tell what of it is new."""
        now = monotonic()
        self._read_time = now
        new = [revoked for seq, revoked in found.items() if seq not in self._known]
        for seq, revoked in found.items():
            if seq not in self._known:
                self._known[seq] = now + LIFE_SECONDS, revoked
                self._revocations.add(revoked)
        while self._known and next(iter(self._known.values()))[0] <= now:
            self._known.popitem(last=False)
        self._revocations.complete()
        if new or now - self._sign_time >= SIGN_SECONDS:
            self._sign_time = now
            for watcher in self._watchers:
                watcher.tell(new)

    def _missed(self, error: ServiceError) -> None:
        if monotonic() - self._read_time < STALE_SECONDS:
            log.warning("what is revoked cannot be read", exc_info=error)
