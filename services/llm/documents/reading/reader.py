"""Reads files in child processes, few at once, and outlives whatever they do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from services.llm.documents.model import Content, DocumentTooComplex
from services.llm.documents.ports import Progress
from services.llm.documents.reading.bounds import LIMITS, MAX_READINGS, Limits
from services.llm.documents.reading.process import PROGRAM, Reading


class ChildReader:
    """Reads each file in a process of its own."""

    def __init__(
        self, threads: ThreadPoolExecutor, limits: Limits, program: Sequence[str]
    ) -> None:
        self._threads = threads
        self._slots = asyncio.Semaphore(MAX_READINGS)
        self._limits = limits
        self._program = program

    async def read(self, file: Path, name: str, progress: Progress) -> Content:
        """Return what is in a file; the process is gone when this returns."""
        loop = asyncio.get_running_loop()

        def tell(percent: int) -> None:
            loop.call_soon_threadsafe(progress, percent)

        async with self._slots:
            reading = Reading(self._program, self._limits)
            # The thread only waits for the child; the loop goes on meanwhile.
            content = loop.run_in_executor(self._threads, reading.run, file, name, tell)
            try:
                async with asyncio.timeout(self._limits.wall_seconds):
                    return await asyncio.shield(content)
            except TimeoutError:
                raise DocumentTooComplex from None
            finally:
                reading.end()
                await asyncio.gather(content, return_exceptions=True)


@asynccontextmanager
async def child_reader(
    limits: Limits = LIMITS, program: Sequence[str] = PROGRAM
) -> AsyncIterator[ChildReader]:
    """Open a reader; nothing is started before the first file."""
    threads = ThreadPoolExecutor(MAX_READINGS, thread_name_prefix="reading")
    try:
        yield ChildReader(threads, limits, program)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
