"""Taking away, in the background, what is out of sight: vectors first, then rows."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.kit.errors import ServiceError
from services.llm.documents.ports import SWEEP_TOPIC, Index, Rubbish, Signals

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0  # a signal may be lost


class Sweeping:
    """Works off what is queued, on every replica."""

    def __init__(self, rubbish: Rubbish, index: Index) -> None:
        self._rubbish = rubbish
        self._index = index
        self._woken = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, rubbish: Rubbish, index: Index, *, signals: Signals
    ) -> AsyncIterator["Sweeping"]:
        """Take away while the block runs."""
        sweeping = cls(rubbish, index)
        with signals.listening(SWEEP_TOPIC, lambda _: sweeping._woken.set()):
            working = asyncio.create_task(sweeping._work(), name="sweeping")
            try:
                yield sweeping
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            self._woken.clear()
            try:
                while await self.vectors() + await self._rubbish.sweep():
                    pass
            except ServiceError:
                log.warning("the store is away")
            except Exception:
                log.exception("sweeping failed")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def vectors(self) -> int:
        """Remove the vectors of some documents; return of how many."""
        removed = 0
        for owner_id, documents in (await self._rubbish.vectors()).items():
            try:
                await self._index.delete(owner_id, list(documents))
            except ServiceError:
                # They stay queued, and nobody finds them meanwhile.
                log.warning("the index is away", extra={"documents": len(documents)})
                continue
            gone = [id for id, last in documents.items() if last]
            await self._rubbish.vectors_gone(owner_id, gone)
            removed += len(documents)
        return removed
