"""Processing documents: a bounded number at once, whatever becomes of a process."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

from prometheus_client import Counter, Histogram
from uuid_utils.compat import uuid7

from services.kit.errors import ServiceError, Unavailable
from services.kit.nameless import nameless
from services.llm.documents.model import (
    Chunk,
    Content,
    DocumentTooComplex,
    Job,
    Unreadable,
)
from services.llm.documents.ports import (
    JOBS_TOPIC,
    Index,
    Jobs,
    Progress,
    Reader,
    Signals,
)

log = logging.getLogger(__name__)

AT_ONCE = 2  # reading a file may take a whole CPU
LOOK_SECONDS = 2.0  # a signal may be lost
RENEW_SECONDS = 2.0
MAX_ATTEMPTS = 3
STEPS = 5  # percent: finer steps are not stored

# How much of the work each part of it is, in percent.
READ, STORED = 60, 65

processed = Counter(
    "llm_documents_processed", "Documents that were processed, by the end.", ("end",)
)
seconds = Histogram(
    "llm_document_processing_seconds",
    "How long it took to process documents.",
    buckets=(0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000),
)


class Lost(Exception):
    """The document is no longer this run's."""


class Processing:
    """Takes jobs while there are any, and finishes each in one way or another."""

    def __init__(
        self, jobs: Jobs, reader: Reader, index: Index, *, at_once: int = AT_ONCE
    ) -> None:
        self._jobs = jobs
        self._reader = reader
        self._index = index
        self._at_once = at_once
        self._running: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        jobs: Jobs,
        reader: Reader,
        index: Index,
        *,
        signals: Signals,
        at_once: int = AT_ONCE,
    ) -> AsyncIterator["Processing"]:
        """Process while the block runs; what is not done then others go on with."""
        processing = cls(jobs, reader, index, at_once=at_once)
        with signals.listening(JOBS_TOPIC, lambda _: processing._woken.set()):
            taking = asyncio.create_task(processing._take(), name="processing")
            try:
                yield processing
            finally:
                tasks = [taking, *processing._running]
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self) -> None:
        while True:
            self._woken.clear()
            try:
                while len(self._running) < self._at_once:
                    job = await self._jobs.claim(uuid7())
                    if job is None:
                        break
                    task = asyncio.create_task(
                        self._run(job), name=f"process {job.name}"
                    )
                    self._running.add(task)
                    task.add_done_callback(self._ended)
            except ServiceError:
                log.warning("the store is away")
            except Exception:
                log.exception("no job could be taken")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                pass

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._woken.set()

    async def _run(self, job: Job) -> None:
        """Process a document; whatever happens, say what became of it."""
        began = monotonic()
        try:
            end = await self._end(job)
        except ServiceError:
            # Its lease runs out, and whoever can takes it over.
            log.warning("the store is away", extra={"document": str(job.name)})
            end = "store"
        processed.labels(end).inc()
        seconds.observe(monotonic() - began)
        log.info("document processed", extra={"document": str(job.name), "end": end})

    async def _end(self, job: Job) -> str:
        try:
            ready = await self._kept(job)
        except Unreadable as error:
            await self._jobs.fail(job, error)
            return error.reason
        except IndexAway:
            await self._jobs.delay(job)
            return "delayed"
        except Lost:
            await self._jobs.release(job)
            return "lost"
        except ServiceError:
            raise
        except asyncio.CancelledError:
            await self._jobs.release(job)
            raise
        except Exception:
            log.exception("processing failed", extra={"document": str(job.name)})
            await self._jobs.retry(job)
            return "retried"
        return "ready" if ready else "lost"

    async def _kept(self, job: Job) -> bool:
        """Process a document while its lease is renewed."""
        steps = Steps()
        working = asyncio.create_task(self._process(job, steps))
        renewing = asyncio.create_task(self._renew(job, steps))
        try:
            await asyncio.wait([working, renewing], return_when="FIRST_COMPLETED")
            if renewing.done() and not working.done():
                raise Lost
            return await working
        finally:
            for task in (working, renewing):
                task.cancel()
            await asyncio.gather(working, renewing, return_exceptions=True)

    async def _renew(self, job: Job, steps: "Steps") -> None:
        """Say that somebody is at it; end when somebody else is."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                if not await self._jobs.renew(job, steps.percent):
                    return
            except ServiceError:
                log.warning("the store is away")

    async def _process(self, job: Job, steps: "Steps") -> bool:
        try:
            content = await self._read(job, steps)
        except Unreadable:
            # It will not be shown any more, so nothing of it is to stand before what
            # is. While the index is away, it has not failed yet.
            if job.indexed:
                await self._put(job, (), steps)
            raise
        await self._jobs.store(job, content)
        steps.percent = STORED
        picture = content.media_type.startswith("image/") and not content.chunks
        embedded = picture or await self._put(job, content.chunks, steps)
        return await self._jobs.publish(job, content, embedded=embedded)

    async def _read(self, job: Job, steps: "Steps") -> Content:
        if job.attempts > MAX_ATTEMPTS:
            raise DocumentTooComplex
        with nameless() as file:
            await self._fetch(job, file)
            return await self._reader.read(
                file, job.display_name, steps.between(0, READ)
            )

    async def _fetch(self, job: Job, file: Path) -> None:
        position = 0
        with file.open("wb") as target:
            while position < job.size_bytes:
                part = await self._jobs.part(job, position)
                if not part:
                    raise Lost
                await asyncio.to_thread(target.write, part)
                position += len(part)

    async def _put(self, job: Job, chunks: Sequence[Chunk], steps: "Steps") -> bool:
        try:
            return await self._index.put(
                job.name.user_id,
                job.name.id,
                job.collection_id,
                chunks,
                steps.between(STORED, 100),
            )
        except Unavailable as error:
            raise IndexAway from error


class IndexAway(Exception):
    """The document is read, but cannot be made findable now."""


class Steps:
    """How far a run is, coarsely."""

    def __init__(self) -> None:
        self.percent = 0

    def between(self, first: int, last: int) -> Progress:
        """Return what takes the progress of one part of the work."""

        def progress(percent: int) -> None:
            done = first + (last - first) * min(max(percent, 0), 100) // 100
            self.percent = max(self.percent, done // STEPS * STEPS)

        return progress
