"""Documents that are to be processed, whichever process does it."""

from collections.abc import Iterator
from typing import Any, LiteralString
from uuid import UUID

from services.kit.postgres import Database, announce
from services.llm.documents.model import (
    Content,
    Job,
    Stretch,
    Unreadable,
)
from services.llm.documents.ports import JOBS_TOPIC, SWEEP_TOPIC, document_topic
from services.llm.documents.store.jobs_sql import (
    ADD_CHUNKS,
    ADD_PAGES,
    CLAIM,
    DELAY,
    FAIL,
    LET_GO,
    PART,
    PUBLISH,
    QUEUE,
    RELEASE,
    RENEW,
    RETRY,
    TAKE_BACK,
    UNUSED,
)
from services.llm.names import DocumentName

LEASE_SECONDS = 10.0
STRETCH = 8_192  # characters; places in the text are found by whole stretches
STRETCHES_AT_ONCE = 64
CHUNKS_AT_ONCE = 2_000
ROWS_AT_ONCE = 1_000


def key(job: Job) -> dict[str, Any]:
    """Name a job's row while its run has it."""
    return {
        "user_id": job.name.user_id,
        "id": job.name.id,
        "run": job.run,
        "lease": LEASE_SECONDS,
    }


class PostgresJobs:
    """Hands out jobs, and stores what becomes of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, run: UUID) -> Job | None:
        values = {"run": run, "lease": LEASE_SECONDS}
        async with self._database.transaction() as connection:
            await connection.execute(QUEUE)
            found = await (await connection.execute(CLAIM, values)).fetchone()
        if found is None:
            return None
        user_id, id, collection_id, display_name, size, attempts, indexed = found
        return Job(
            name=DocumentName(user_id, id),
            run=run,
            collection_id=collection_id,
            display_name=display_name,
            size_bytes=size,
            attempts=attempts,
            indexed=indexed,
        )

    async def part(self, job: Job, position: int) -> bytes:
        async with self._database.statement() as connection:
            cursor = await connection.execute(PART, {**key(job), "start": position})
            found = await cursor.fetchone()
        return bytes(found[0]) if found else b""

    async def renew(self, job: Job, percent: int) -> bool:
        values = {**key(job), "percent": percent}
        async with self._database.transaction() as connection:
            renewed = await connection.execute(RENEW, values)
            announce(connection, document_topic(job.name))
            return bool(renewed.rowcount)

    async def store(self, job: Job, content: Content) -> None:
        stretches = list(stretched(content))
        for first in range(0, len(stretches), STRETCHES_AT_ONCE):
            some = stretches[first : first + STRETCHES_AT_ONCE]
            values = {
                "starts": [stretch.start for stretch in some],
                "pages": [stretch.page for stretch in some],
                "texts": [fit(stretch.text) for stretch in some],
            }
            async with self._database.statement() as connection:
                await connection.execute(ADD_PAGES, {**key(job), **values})
        for first in range(0, len(content.chunks), CHUNKS_AT_ONCE):
            chunks = content.chunks[first : first + CHUNKS_AT_ONCE]
            values = {
                "numbers": [chunk.number for chunk in chunks],
                "starts": [chunk.start for chunk in chunks],
                "ends": [chunk.end for chunk in chunks],
                "pages": [chunk.page for chunk in chunks],
                "sections": [fit(chunk.section) for chunk in chunks],
            }
            async with self._database.statement() as connection:
                await connection.execute(ADD_CHUNKS, {**key(job), **values})

    async def publish(self, job: Job, content: Content, *, embedded: bool) -> bool:
        flags = set(content.flags) | (set() if embedded else {"no_embedding"})
        values = {
            **key(job),
            "collection_id": job.collection_id,
            "media_type": content.media_type,
            "page_count": sum(page.number > 0 for page in content.pages),
            "passage_count": len(content.chunks),
            "character_count": sum(len(page.text) for page in content.pages),
            "flags": sorted(flags),
        }
        return await self._end(job, PUBLISH, values)

    async def fail(self, job: Job, error: Unreadable) -> None:
        await self._end(job, FAIL, {**key(job), "reason": error.reason})

    async def delay(self, job: Job) -> None:
        await self._end(job, DELAY, key(job))

    async def retry(self, job: Job) -> None:
        await self._end(job, RETRY, key(job))

    async def release(self, job: Job) -> None:
        await self._end(job, RELEASE, key(job))

    async def _end(
        self, job: Job, statement: LiteralString, values: dict[str, Any]
    ) -> bool:
        """End a run, however it ends; tell whether the document was still its own."""
        mine = await self._ended(job, statement, values)
        await self._clean(job)
        return mine

    async def _ended(
        self, job: Job, statement: LiteralString, values: dict[str, Any]
    ) -> bool:
        async with self._database.transaction() as connection:
            if (await connection.execute(statement, values)).rowcount:
                announce(connection, document_topic(job.name))
                announce(connection, JOBS_TOPIC)
                return True
            await connection.execute(LET_GO, key(job))
            if (await connection.execute(TAKE_BACK, key(job))).rowcount:
                announce(connection, SWEEP_TOPIC)
            return False

    async def _clean(self, job: Job) -> None:
        """Take away what nobody needs any more, in steps that are quick each."""
        values = {**key(job), "limit": ROWS_AT_ONCE}
        for statement in UNUSED:
            more = True
            while more:
                async with self._database.statement() as connection:
                    cursor = await connection.execute(statement, values)
                    more = cursor.rowcount == ROWS_AT_ONCE


def stretched(content: Content) -> Iterator[Stretch]:
    """Part a text, so that no part is long or crosses a page."""
    for page in content.pages:
        for first in range(0, len(page.text), STRETCH):
            text = page.text[first : first + STRETCH]
            yield Stretch(page.number, page.start + first, text)


def fit(text: str) -> str:
    """Replace what PostgreSQL takes in no text, character by character."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
