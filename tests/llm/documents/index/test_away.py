"""Milvus is away, dies or freezes."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from uuid import UUID, uuid4

import pytest
from tenacity import AsyncRetrying, stop_after_delay, wait_fixed

from deploy.local import milvus as lite
from deploy.local.ports import free_port
from services.kit.errors import Unavailable
from services.llm.documents.index.connection import Milvus, connect
from services.llm.documents.index.milvus import MilvusIndex
from services.llm.documents.index.places import bucket, owned, words_place
from services.llm.documents.index.rows import Rows
from services.llm.documents.index.schemas import WORDS
from services.llm.documents.index.writing import Written
from services.llm.documents.model import Scope
from tests.llm.documents.index.indexing import (
    FOOD,
    WEATHER,
    documents,
    found,
    patiently,
    rows,
    said,
    silently,
)
from tests.llm.documents.own_time import own_time

BUDGET_SECONDS = 0.6  # that an answer waits for its passages


@dataclass
class Hurtable:
    """A Milvus that a test may hurt, and an index on it."""

    milvus: Milvus
    index: MilvusIndex
    data: Path
    port: int
    running: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it."""
        with (self.data.parent / "log").open("a") as log:
            self.running = subprocess.Popen(
                lite.command(self.data, self.port), stdout=log, stderr=log
            )

    async def restart(self) -> None:
        """Kill it, and start it again; return when it listens."""
        self.kill()
        self.start()
        async for attempt in AsyncRetrying(
            stop=stop_after_delay(60), wait=wait_fixed(0.1)
        ):
            with attempt:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.running
        self.running.send_signal(number)

    def kill(self) -> None:
        """Kill it, and wait until it is dead."""
        if self.running:
            self.running.kill()
            self.running.wait()

    @patiently
    async def put(self, owner: UUID, document: UUID, *texts: str) -> None:
        """Put a document, again and again until that works, as a job does."""
        await self.index.put(owner, document, None, said(*texts), silently)

    async def found(self, owner: UUID) -> list[UUID]:
        """Search until that works."""
        return await documents(self.index, "rain", Scope(owner))


@pytest.fixture
async def hurtable(tmp_path: Path) -> AsyncIterator[Hurtable]:
    """A Milvus of this test's own."""
    port = free_port()
    async with connect(lite.url(port)) as milvus:
        hurtable = Hurtable(milvus, MilvusIndex(milvus), tmp_path / "data", port)
        try:
            yield hurtable
        finally:
            hurtable.kill()


async def within_budget(search: Callable[[], Awaitable[object]]) -> str:
    """Search; return how it ended, which has to be in time and typed."""
    began, ended = own_time(), "found"
    try:
        await search()
    except Unavailable as error:
        ended = f"no {error.metadata['part']}"
    assert own_time() - began < BUDGET_SECONDS
    return ended


async def test_an_index_whose_milvus_never_ran_is_unavailable(hurtable: Hurtable):
    async def search() -> None:
        await hurtable.index.search("rain", [Scope(uuid4())], limit=10)

    ended = [await within_budget(search) for _ in range(3)]

    assert set(ended) == {"no milvus"}
    with pytest.raises(Unavailable):
        await hurtable.index.put(uuid4(), uuid4(), None, said(*WEATHER), silently)


async def test_a_milvus_that_is_killed_is_found_again(hurtable: Hurtable):
    me, document = uuid4(), uuid4()
    hurtable.start()
    await hurtable.put(me, document, *WEATHER)

    async def search() -> None:
        await hurtable.index.search("rain", [Scope(me)], limit=10)

    hurtable.kill()
    ended = [await within_budget(search) for _ in range(20)]
    hurtable.start()

    assert set(ended) == {"no milvus"}
    assert await hurtable.found(me) == [document]


async def test_nothing_is_taken_for_empty_that_a_restart_put_out_of_memory(
    hurtable: Hurtable,
):
    me, document = uuid4(), uuid4()
    hurtable.start()
    await hurtable.put(me, document, *WEATHER)

    await hurtable.restart()
    seen = await hurtable.found(me)
    await hurtable.restart()
    count = await patiently(rows)(hurtable.milvus, me)
    await hurtable.restart()
    place, filter = words_place(bucket(me)), owned(me)
    await patiently(Rows(hurtable.milvus).delete)(place, filter)

    assert seen == [document]
    assert count == len(WEATHER)
    assert await rows(hurtable.milvus, me) == 0


async def test_who_gets_ready_finds_at_once_after_a_restart(hurtable: Hurtable):
    me = uuid4()
    hurtable.start()
    many = [f"Rain of day {day}, and what it is like." for day in range(3_000)]
    await hurtable.put(me, uuid4(), *many)
    hurtable.kill()
    hurtable.start()

    await patiently(hurtable.index.awaken)()

    async def search() -> None:
        assert await hurtable.index.search("rain", [Scope(me)], limit=10)

    assert await within_budget(search) == "found"


async def test_a_milvus_that_freezes_goes_on_afterwards(hurtable: Hurtable):
    me, document = uuid4(), uuid4()
    hurtable.start()
    await hurtable.put(me, document, *WEATHER)

    async def search() -> None:
        await hurtable.index.search("rain", [Scope(me)], limit=10)

    hurtable.send(signal.SIGSTOP)
    began, ended = monotonic(), list[str]()
    try:
        while monotonic() - began < 5:
            ended += await asyncio.gather(*(within_budget(search) for _ in range(5)))
    finally:
        hurtable.send(signal.SIGCONT)

    assert set(ended) == {"no milvus"}
    assert await hurtable.found(me) == [document]
    assert await within_budget(search) == "found"


async def test_who_gives_up_writing_waits_for_what_is_on_its_way(hurtable: Hurtable):
    me, document = uuid4(), uuid4()
    hurtable.start()
    await hurtable.put(me, uuid4(), *WEATHER)
    (chunk,) = said(FOOD[0])
    row = Written(me, document, None, 1).row(chunk, text=chunk.text)
    place, writing = words_place(bucket(me)), Rows(hurtable.milvus)

    hurtable.send(signal.SIGSTOP)
    try:
        inserting = asyncio.create_task(writing.insert(place, WORDS, [row]))
        await asyncio.wait([inserting], timeout=0.2)
        inserting.cancel()
        await asyncio.wait([inserting], timeout=0.3)
        ended = inserting.done()
    finally:
        hurtable.send(signal.SIGCONT)
    await asyncio.wait([inserting])

    assert not ended
    assert inserting.cancelled()
    assert await rows(hurtable.milvus, me, document) == 1


async def test_what_was_put_survives_a_death_and_what_was_not_is_put_again(
    hurtable: Hurtable,
):
    me, stored, interrupted = uuid4(), uuid4(), uuid4()
    hurtable.start()
    await hurtable.put(me, stored, *WEATHER)
    many = [f"Rain of day {day}." for day in range(3_000)]

    begun = asyncio.Event()

    def strike(_: int) -> None:
        begun.set()

    putting = asyncio.create_task(
        hurtable.index.put(me, interrupted, None, said(*many), strike)
    )
    await begun.wait()
    hurtable.kill()
    with pytest.raises(Unavailable):
        await putting
    hurtable.start()
    await hurtable.put(me, interrupted, *WEATHER)

    assert set(await hurtable.found(me)) == {stored, interrupted}
    scope = Scope(me, documents=(interrupted,))
    hits = await found(hurtable.index, "rain", scope, limit=50)
    assert {hit.number for hit in hits} == {0}


async def test_a_milvus_that_lost_everything_is_filled_anew(
    hurtable: Hurtable, tmp_path: Path
):
    me, document = uuid4(), uuid4()
    hurtable.start()
    await hurtable.put(me, document, *WEATHER)

    hurtable.kill()
    hurtable.data = tmp_path / "other"
    hurtable.start()
    nothing = await hurtable.found(me)
    await hurtable.put(me, document, *WEATHER)

    assert nothing == []
    assert await hurtable.found(me) == [document]
