"""Holding the replies of this process, and taking over those of dead ones."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic
from uuid import UUID

from services.chat.messages.model import (
    MAX_ATTEMPTS,
    Begun,
    attempt_of,
    first_seq,
)
from services.chat.messages.ports import Log, Replica, Signals, stops_topic
from services.chat.messages.runs import Runs
from services.kit.errors import Overloaded, Unavailable

log = logging.getLogger(__name__)

RENEW_SECONDS = 1.0
KEEP_SECONDS = 5.0
# A process has to have renewed its own lease for so long, and never late, before it
# takes another's for dead: after Postgres was away, everybody's has run out, and where
# one process is held up, as its machine is busy, others may be too.
GRACE_SECONDS = 5.0
LATE_SECONDS = 1.0
ADOPTED = 200  # at once
HANDED_OVER = "parley:handed-over"


class Leases:
    """Renews, adopts, keeps and, in the end, hands over."""

    def __init__(
        self, replica: Replica, runs: Runs, log: Log, signals: Signals
    ) -> None:
        self._replica = replica
        self._runs = runs
        self._log = log
        self._signals = signals
        self._woken = asyncio.Event()
        self._renewing_since: float | None = None
        self._renewed = monotonic()
        self._may_adopt = False
        self._unwritten: set[UUID] = set()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, replica: Replica, runs: Runs, log: Log, signals: Signals
    ) -> AsyncIterator["Leases"]:
        """Hold replies while the block runs."""
        leases = cls(replica, runs, log, signals)
        with (
            signals.listening(stops_topic(replica.id), leases._wake),
            signals.listening(HANDED_OVER, leases._wake),
        ):
            tasks = [
                asyncio.create_task(leases._keep_renewing()),
                asyncio.create_task(leases._keep_keeping()),
            ]
            try:
                yield leases
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await leases._hand_over()

    @asynccontextmanager
    async def adopting(self) -> AsyncIterator[None]:
        """Take over the replies of others while the block runs."""
        self._may_adopt = True
        try:
            yield
        finally:
            self._may_adopt = False

    async def _hand_over(self) -> None:
        """Let other replicas go on with what this one writes."""
        try:
            await self._replica.keep(self._runs.progress())
            if await self._replica.hand_over():
                await self._signals.publish(HANDED_OVER)
        except (Unavailable, Overloaded):
            log.warning("replies could not be handed over: their lease has to run out")

    def _wake(self, message: bytes) -> None:
        self._woken.set()

    async def _keep_renewing(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._renew()
            except (Unavailable, Overloaded):
                self._renewing_since = None
                log.warning("the store is away")
            try:
                async with asyncio.timeout(RENEW_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def _renew(self) -> None:
        renewed = await self._replica.renew()
        now = monotonic()
        for reply_id, seq in renewed.stops:
            self._runs.stop(reply_id, seq)
        late = now - self._renewed > RENEW_SECONDS + LATE_SECONDS
        self._renewed = now
        if late or self._renewing_since is None:
            self._renewing_since = now
        if not self._may_adopt:
            return
        strangers = now - self._renewing_since >= GRACE_SECONDS
        for begun in await self._replica.adopt(ADOPTED, strangers=strangers):
            log.warning("a reply is taken over", extra={"attempt": begun.reply.attempt})
            self._runs.start(await self._recovered(begun))

    async def _recovered(self, begun: Begun) -> Begun:
        """Find what was written of a reply that is only to be ended."""
        if begun.stop_seq is None and begun.tries <= MAX_ATTEMPTS:
            return begun
        text, seq = begun.reply.text, begun.reply.seq
        for entry in await self._log.read(begun.reply.id, seq):
            if entry.key:
                continue
            if entry.mark or entry.seq - len(entry.text) > seq:
                break
            text += entry.text[len(entry.text) - (entry.seq - seq) :]
            seq = entry.seq
        stop = begun.stop_seq
        if stop and attempt_of(stop) == attempt_of(seq):
            text = text[: max(0, stop - first_seq(attempt_of(stop)))]
        return replace(
            begun,
            prefix=text,
            beside=begun.reply.beside,
            stop_seq=None if stop is None else 0,
        )

    async def _keep_keeping(self) -> None:
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            try:
                await self._keep()
            except (Unavailable, Overloaded):
                continue

    async def _keep(self) -> None:
        """Store how far the replies are, and find those that are nobody's or gone."""
        progress = self._runs.progress()
        kept = await self._replica.keep(progress)
        self._runs.lose({each.name.id for each in progress} - set(kept))
        held = await self._replica.held()
        unwritten = {reply for reply in held if not self._runs.find(reply)}
        # A reply is ours and nobody writes it if Postgres went away after it had stored
        # it, and before it could say so. What was only about to begin has by next time.
        if forgotten := unwritten & self._unwritten:
            log.warning("replies are picked up", extra={"replies": len(forgotten)})
            await self._replica.release(forgotten)
        self._unwritten = unwritten
