"""Milvus dies, or freezes, while people search."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic
from uuid import UUID, uuid4

from deploy.local import milvus as lite
from deploy.local.ports import free_port
from services.kit.errors import Unavailable
from services.llm.documents.index.connection import connect
from services.llm.documents.index.milvus import MilvusIndex
from services.llm.documents.model import Chunk, Hit, Scope
from services.llm.documents.ports import Index
from tests.faults.findings import Findings, milliseconds
from tests.faults.processes import Process
from tests.faults.system import System
from tests.llm.documents.own_time import own_time

BUDGET_SECONDS = 0.6  # that an answer waits for its passages
SEARCHERS = 5
AWAY_SECONDS = 5.0
RECOVERED_SECONDS = 30.0
TEXT = "It rains in Bergen on most days."
CHUNKS = [Chunk(number, 0, len(TEXT), 0, "", TEXT) for number in range(20)]


@asynccontextmanager
async def searched() -> AsyncIterator[tuple[Process, Index]]:
    """Run a Milvus of one's own, and an index on it."""
    with TemporaryDirectory(prefix="parley-milvus-") as name:
        folder, port = Path(name), free_port()
        milvus = Process(lite.command(folder / "data", port), folder / "log")
        async with connect(lite.url(port)) as connection:
            try:
                yield milvus, MilvusIndex(connection)
            finally:
                milvus.send(signal.SIGCONT)
                await milvus.end()


async def hurt_milvus(system: System, runs: int, random: Random) -> Findings:
    """F14: Milvus is killed, or frozen for five seconds; searches end in time."""
    findings, ends, over = Findings(), Counter[str](), list[float]()
    there, back = list[float](), list[float]()
    async with searched() as (milvus, index):
        await milvus.start()
        owner, acknowledged = uuid4(), set[UUID]()
        await put(index, owner, acknowledged)
        for run in range(runs):
            await search_for(index, owner, 0.5, Counter(), there, findings)
            freeze = run % 2 == 1
            if freeze:
                milvus.send(signal.SIGSTOP)
            else:
                await milvus.end()
            # What was under way when it struck may have been answered.
            took = list[float]()
            await search_for(index, owner, AWAY_SECONDS, ends, took, findings)
            over += [max(0.0, seconds - BUDGET_SECONDS) for seconds in took]
            if freeze:
                milvus.send(signal.SIGCONT)
            else:
                await milvus.start()
            began = monotonic()
            await put(index, owner, acknowledged)
            back.append(monotonic() - began)
            findings.add(await lost(index, owner, acknowledged))
    findings.figures = [
        f"{ends.total()} searches, {', '.join(f'{n} {c}' for c, n in ends.items())}",
        milliseconds("over the budget", over, 1.0),
        milliseconds("a search while it is well", there),
        milliseconds("a document is put and found after", back),
    ]
    return findings


async def search_for(
    index: Index,
    owner: UUID,
    seconds: float,
    ends: Counter[str],
    took: list[float],
    findings: Findings,
) -> None:
    """Have several people search for so long."""
    until = monotonic() + seconds

    async def searching() -> None:
        while monotonic() < until:
            began = own_time()
            ends[end := await ended(index, owner)] += 1
            took.append(own_time() - began)
            if end not in ("found", "unavailable"):
                findings.violations.append(f"a search ended with {end}")
            if took[-1] > BUDGET_SECONDS:
                findings.violations.append(f"a search took {took[-1]:.2f} s")
            await asyncio.sleep(0.02)

    await asyncio.gather(*(searching() for _ in range(SEARCHERS)))


async def ended(index: Index, owner: UUID) -> str:
    """Search, and say how that ended."""
    try:
        hits = await index.search("rain", [Scope(owner)], limit=8)
    except Unavailable:
        return "unavailable"
    except Exception as error:
        return type(error).__name__
    return "found" if hits else "nothing"


async def put(index: Index, owner: UUID, acknowledged: set[UUID]) -> None:
    """Put a document, again and again until that works, as a job does."""
    document = uuid4()
    async with asyncio.timeout(RECOVERED_SECONDS):
        while document not in acknowledged:
            try:
                await index.put(owner, document, None, CHUNKS, lambda percent: None)
            except Unavailable:
                await asyncio.sleep(0.1)
            else:
                acknowledged.add(document)


async def found(index: Index, scope: Scope) -> Sequence[Hit]:
    """Search, again and again until that is answered: a search has little time."""
    async with asyncio.timeout(RECOVERED_SECONDS):
        while True:
            try:
                return await index.search("rain", [scope], limit=len(CHUNKS))
            except Unavailable:
                await asyncio.sleep(0.1)


async def lost(index: Index, owner: UUID, acknowledged: set[UUID]) -> list[str]:
    """Search in each document by itself; name those that are not found whole."""
    violations = []
    for document in acknowledged:
        hits = await found(index, Scope(owner, documents=(document,)))
        if len(hits) != len(CHUNKS):
            violations.append(f"{document}: {len(hits)} chunks of {len(CHUNKS)}")
    return violations
