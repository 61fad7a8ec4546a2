"""How long it takes to find passages among those of many users, and to put them in."""

import asyncio
import random
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import UUID, uuid4

import psutil
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from deploy.local import milvus as lite
from deploy.local.ports import free_port
from services.kit.errors import Unavailable
from services.llm.documents.index.connection import connect
from services.llm.documents.index.milvus import MilvusIndex
from services.llm.documents.index.places import BUCKETS
from services.llm.documents.model import Chunk, Scope
from tests.bench.alone.figures import percentiles
from tests.bench.alone.search_data import vocabulary
from tests.bench.results import Figure
from tests.bench.rounds import Tell

FIND = 60.0  # milliseconds
CHUNKS_EACH = 100
WORDS_EACH = 120
AT_ONCE = 4  # documents that are put
MIB = 2**20

patiently = retry(
    retry=retry_if_exception_type(Unavailable),
    stop=stop_after_delay(30),
    wait=wait_fixed(0.1),
    reraise=True,
)


@contextmanager
def serving() -> Iterator[tuple[str, psutil.Process]]:
    """Run a Milvus Lite as `make up` does; yield its URL, and its process."""
    with TemporaryDirectory(prefix="parley-") as folder:
        port = free_port()
        with (Path(folder) / "log").open("w") as log:
            server = subprocess.Popen(
                lite.command(Path(folder) / "data", port), stdout=log, stderr=log
            )
        try:
            yield lite.url(port), psutil.Process(server.pid)
        finally:
            server.kill()
            server.wait()


class Library:
    """Users who have a document each, of made-up words as rare as real ones."""

    def __init__(self, users: int) -> None:
        self.users = [uuid4() for _ in range(users)]
        self._chance = random.Random(5)  # noqa: S311 - data, not secrets
        self._words = vocabulary()
        self._weights = list(accumulate(1 / rank for rank in range(1, 50_001)))

    def words(self, count: int) -> str:
        """Say something."""
        return " ".join(
            self._chance.choices(self._words, cum_weights=self._weights, k=count)
        )

    def chunks(self) -> list[Chunk]:
        """Write a document."""
        texts = [self.words(WORDS_EACH) for _ in range(CHUNKS_EACH)]
        return [Chunk(n, 0, len(text), 0, "", text) for n, text in enumerate(texts)]


async def retrieve(*, quick: bool, tell: Tell) -> AsyncIterator[Figure]:
    """Fill an index, search in it, and leave nothing."""
    users, searches = (20, 50) if quick else (1_000, 500)
    with serving() as (url, process):
        async with connect(url) as milvus:
            index, library = MilvusIndex(milvus), Library(users)
            took, seconds = await filled(index, library, tell)
            first = await searched(index, library, library.users, tell)
            chance = random.Random(6)  # noqa: S311 - whom to ask
            asking = [chance.choice(library.users) for _ in range(searches)]
            found = await searched(index, library, asking, tell)
        memory = process.memory_info().rss / MIB
    count = users * CHUNKS_EACH
    of = f"{count:,} chunks of {users:,} users in {BUCKETS} collections"
    for title, times, goal in (
        ("a document of 100 chunks is put", took, None),
        ("the first search of each user", first, None),
        ("a search", found, FIND),
    ):
        for each in percentiles(
            "retrieve", title, times, (50, 95), of=of, goals=(None, goal)
        ):
            yield each
    for what, at, value, unit in (
        ("documents are put", f"{AT_ONCE} at once", count / seconds, "chunks/s"),
        ("Milvus Lite", "memory", memory, "MiB"),
    ):
        yield Figure(
            kind="retrieve", what=what, at=at, value=value, unit=unit, of=of, goal=None
        )


async def filled(
    index: MilvusIndex, library: Library, tell: Tell
) -> tuple[list[float], float]:
    """Put every user's document; say how long each took, and all together."""
    took, free, done = list[float](), asyncio.Semaphore(AT_ONCE), 0

    @patiently
    async def put(user: UUID, chunks: list[Chunk]) -> None:
        await index.put(user, uuid4(), None, chunks, lambda percent: None)

    async def put_one(user: UUID) -> None:
        nonlocal done
        async with free:
            chunks = library.chunks()
            begin = perf_counter()
            await put(user, chunks)
            took.append(perf_counter() - begin)
            done += 1
            if done % 50 == 0:
                tell(f"retrieve: {done} of {len(library.users)} documents are put")

    begin = perf_counter()
    await asyncio.gather(*map(put_one, library.users))
    return took, perf_counter() - begin


async def searched(
    index: MilvusIndex, library: Library, users: list[UUID], tell: Tell
) -> list[float]:
    """Search, one after the other; return how many seconds each took."""
    took = []
    for number, user in enumerate(users):
        query = library.words(8)
        begin = perf_counter()
        try:
            await index.search(query, [Scope(user)], limit=8)
        except Unavailable:  # it took longer than it may
            tell("retrieve: a search gave up")
        took.append(perf_counter() - begin)
        if number % 100 == 0:
            tell(f"retrieve: {number} of {len(users)} searches")
    return took
