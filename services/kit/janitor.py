"""What is done every minute, by one replica at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from prometheus_client import Counter

from services.kit.errors import Overloaded, Unavailable
from services.kit.exclusive import alone
from services.kit.postgres import Database

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
JOB_SECONDS = 30.0

done = Counter("janitor_done", "Things that a job has done.", ("job",))
failed = Counter("janitor_failed", "Rounds of a job that failed.", ("job",))


@dataclass(frozen=True, slots=True)
class Job:
    """A bounded piece of work for every minute; it returns how much it did."""

    name: str
    run: Callable[[], Awaitable[int]]


class Janitor:
    """
    Runs jobs in turn. One that fails does not keep the others from running.

    `key` is what its replicas have in common, and nobody else of that database server.
    """

    def __init__(self, database: Database, jobs: Sequence[Job], *, key: int) -> None:
        self._database = database
        self._jobs = jobs
        self._key = key

    @classmethod
    @asynccontextmanager
    async def open(
        cls, database: Database, jobs: Sequence[Job], *, key: int
    ) -> AsyncIterator["Janitor"]:
        """Do a round every minute while the block runs, the first after a minute."""
        janitor = cls(database, jobs, key=key)
        working = asyncio.create_task(janitor._work())
        try:
            yield janitor
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def round(self) -> bool:
        """Do every job once, unless another replica is at it; tell whether it did."""
        async with alone(self._database, self._key) as mine:
            if mine:
                for job in self._jobs:
                    await self._do(job)
            return mine

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.round()
            except (Unavailable, Overloaded):
                log.warning("the store is away")

    async def _do(self, job: Job) -> None:
        try:
            async with asyncio.timeout(JOB_SECONDS):
                count = await job.run()
        except Exception:
            log.exception("a job failed", extra={"job": job.name})
            failed.labels(job.name).inc()
            return
        done.labels(job.name).inc(count)
        if count:
            log.info("a job is done", extra={"job": job.name, "count": count})
