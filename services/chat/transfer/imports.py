"""Importing: a file comes in parts, is read as a stream, and stored as it is read."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from uuid_utils.compat import uuid7

from services.chat.transfer.files import File
from services.chat.transfer.formats.beside import Heard, Taking
from services.chat.transfer.formats.problem import Broken
from services.chat.transfer.formats.reader import Reader
from services.chat.transfer.model import (
    LEASE_SECONDS,
    MAX_REPORTED,
    ImportJob,
    ImportName,
    Progress,
    Read,
)
from services.chat.transfer.ports import Clock, Jobs
from services.chat.transfer.slots import Slots
from services.kit.errors import ServiceError
from services.kit.requests.model import Request

PROGRESS_SECONDS = 0.1
MAX_BATCH = 20  # conversations that are stored together
MAX_BATCH_TURNS = 1_000
MAX_BATCH_SIZE = 4 * 1024 * 1024  # characters, and bytes beside them


@dataclass(slots=True)
class Batch:
    """Conversations that are read, and not stored yet."""

    reads: list[Read] = field(default_factory=list)
    turns: int = 0
    size: int = 0

    def add(self, read: Read) -> None:
        """Add what was read."""
        self.reads.append(read)
        for turn in read.tree.turns if read.tree else ():
            self.turns += 1
            self.size += turn.size

    @property
    def full(self) -> bool:
        """Whether it is time to store it."""
        return (
            len(self.reads) >= MAX_BATCH
            or self.turns >= MAX_BATCH_TURNS
            or self.size >= MAX_BATCH_SIZE
        )


class Imports:
    """Takes files in and reads them."""

    def __init__(self, jobs: Jobs, slots: Slots, clock: Clock, heard: Heard) -> None:
        self._jobs = jobs
        self._slots = slots
        self._clock = clock
        self._heard = heard

    async def create(self, name: ImportName, size: int, request: Request) -> ImportJob:
        """Begin an import."""
        return await self._jobs.create(name, size, request)

    async def upload(self, name: ImportName, offset: int, data: bytes) -> ImportJob:
        """Take the next part of the file in."""
        return await self._jobs.upload(name, offset, data)

    async def run(self, name: ImportName) -> AsyncGenerator[Progress]:
        """
        Read the file and store its conversations; yield how far it is.

        What is refused is refused before the first progress. A caller who goes away
        leaves an import that can be run again, from where it was.
        """
        with self._slots.taken():
            runner = uuid7()
            job = await self._jobs.claim(name, runner)
            try:
                yield Progress(
                    read_bytes=0, job=job, done=job.ended, problem=job.problem
                )
                if not job.ended:
                    taking = Taking(
                        owner=name.user_id, now=self._clock(), heard=self._heard
                    )
                    run = Run(self._jobs, name, runner, job=job, taking=taking)
                    async with aclosing(run.progress()) as steps:
                        async for progress in steps:
                            yield progress
            finally:
                await self._jobs.release(name, runner)


class Run:
    """One reading of a file, from where the reading before stopped."""

    def __init__(
        self,
        jobs: Jobs,
        name: ImportName,
        runner: UUID,
        *,
        job: ImportJob,
        taking: Taking,
    ) -> None:
        self._jobs = jobs
        self._name = name
        self._runner = runner
        self._job = job
        self._reader = Reader(first=job.next_index, taking=taking)
        self._batch = Batch()
        self._skipped: list[Read] = []
        self._read_bytes = 0
        self._told = self._renewed = monotonic()

    async def progress(self) -> AsyncGenerator[Progress]:
        """Yield how far it is, last how it ended."""
        try:
            problem = ""
            try:
                async with aclosing(self._steps()) as steps:
                    async for step in steps:
                        yield step
            except Broken as broken:
                problem = str(broken)
            await self._store()
            self._job = await self._jobs.end(self._name, self._runner, problem)
        except ServiceError as error:
            # The stream has begun, so it says itself how it ends; what is stored stays.
            problem = str(error)
        yield self._now(done=True, problem=problem)

    async def _steps(self) -> AsyncGenerator[Progress]:
        file = File(self._jobs, self._name, self._job.size_bytes)
        async with aclosing(file.slices()) as slices:
            async for piece in slices:
                if piece.begins:
                    self._reader.begin()
                for read in self._reader.feed(piece.data):
                    self._batch.add(read)
                    if self._batch.full:
                        await self._store()
                        yield self._now()
                self._read_bytes = piece.read_bytes
                # A slice takes milliseconds: others have their turn in between.
                await asyncio.sleep(0)
                if monotonic() - self._told >= PROGRESS_SECONDS:
                    await self._store()
                    yield self._now()
        self._reader.finish()

    async def _store(self) -> None:
        """Store what is read, or renew the lease now and then."""
        batch, self._batch = self._batch, Batch()
        if batch.reads:
            self._job = await self._jobs.keep(self._name, self._runner, batch.reads)
            self._skipped += [read for read in batch.reads if read.problem]
        elif monotonic() - self._renewed >= LEASE_SECONDS / 5:
            await self._jobs.renew(self._name, self._runner)
        else:
            return
        self._renewed = monotonic()

    def _now(self, *, done: bool = False, problem: str = "") -> Progress:
        """Say how far it is; of what is skipped, no more than the first few."""
        told = self._job.skipped_count - len(self._skipped)
        skipped = tuple(self._skipped[: max(0, MAX_REPORTED - told)])
        self._skipped, self._told = [], monotonic()
        whole = done and not problem
        return Progress(
            read_bytes=self._job.size_bytes if whole else self._read_bytes,
            job=self._job,
            skipped=skipped,
            done=done,
            problem=problem,
        )
