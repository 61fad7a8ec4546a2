"""The rows of Milvus' collections: written, found, deleted."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from services.kit.errors import Unavailable
from services.llm.documents.index.connection import Milvus, Missing, heard, warm
from services.llm.documents.index.fusion import Found, Place
from services.llm.documents.index.places import found_by_words, holds
from services.llm.documents.index.schemas import Schema
from services.llm.documents.index.words import original

WRITE_SECONDS = 60.0
FLUSH_SECONDS = 30.0
LEAVE_SECONDS = 10.0  # that who is told to end waits for what it was writing
# Or pymilvus would try again for as long as there is time.
ONCE: Mapping[str, Any] = {"retry_times": 0}


class Rows:
    """
    Reads and writes rows; a filter is made by `places`.

    A collection that is not there holds nothing; it is made at the first insertion.
    """

    def __init__(self, milvus: Milvus) -> None:
        self._milvus = milvus

    async def insert(
        self, place: str, schema: Schema, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Write rows."""
        await self._milvus.make(place, schema, seconds=WRITE_SECONDS)
        try:
            await ended(
                self._milvus.call(
                    lambda client: client.insert(place, list(rows), **ONCE),
                    seconds=WRITE_SECONDS,
                )
            )
        except Missing as error:
            # It was dropped, or Milvus came back empty: the caller puts again.
            self._milvus.forget(place)
            raise Unavailable(part="milvus") from error

    async def delete(self, place: str, filter: str) -> None:
        """Delete rows."""
        with suppress(Missing):
            await self._milvus.ask(
                place,
                lambda client: client.delete(place, filter=filter, **ONCE),
                seconds=WRITE_SECONDS,
            )

    async def flush(self, place: str) -> None:
        """
        Ask for rows to be laid out for searching, and wait until they are.

        Milvus Lite compares rows one by one until then. A cluster searches well
        anyway, and may refuse to flush often; the rows are safe in either case.
        """
        with suppress(Missing, Unavailable):
            await self._milvus.call(
                lambda client: client.flush(place, **ONCE), seconds=FLUSH_SECONDS
            )
        with suppress(Missing, Unavailable):
            await self._milvus.call(
                lambda client: warm(client, place), seconds=FLUSH_SECONDS
            )

    async def newest(self, place: str, filter: str, *, since: int) -> int:
        """Return the highest generation among rows from `since` on, or 0."""
        found = await self._query(
            place, f"{filter} and generation >= {since:d}", ["generation"], limit=100
        )
        return max((int(row["generation"]) for row in found), default=0)

    async def texts(
        self, place: str, filter: str, *, limit: int, seconds: float
    ) -> Mapping[Place, str]:
        """Return what chunks say."""
        fields = ["document", "number", "text"]
        found = await self._query(place, filter, fields, limit=limit, seconds=seconds)
        return {to_place(row): original(str(row["text"])) for row in found}

    async def count(self, place: str, filter: str) -> int:
        """Count rows."""
        found = await self._query(place, filter, ["count(*)"])
        return sum(int(row["count(*)"]) for row in found)

    async def search(
        self,
        place: str,
        schema: Schema,
        asked: Sequence[str] | Sequence[Sequence[float]],
        filter: str,
        *,
        limit: int,
        seconds: float,
    ) -> list[list[Found]]:
        """Find rows that are like each of what is asked for, the best first."""
        try:
            results = await self._milvus.ask(
                place,
                lambda client: client.search(
                    place,
                    data=list(asked),
                    anns_field=schema.field,
                    filter=filter,
                    limit=limit,
                    output_fields=["document", "number"],
                    **ONCE,
                ),
                seconds=seconds,
            )
        except Missing:
            return [[] for _ in asked]
        return [[to_found(hit) for hit in hits] for hits in results]

    async def awaken(self) -> None:
        """Have everything that is found by its words in Milvus' memory, and sorted."""
        for place in await self._milvus.places(seconds=WRITE_SECONDS):
            if found_by_words(place):
                await self._milvus.load(place, seconds=WRITE_SECONDS)

    async def places(self, bucket: int) -> Sequence[str]:
        """Name all collections of a bucket, whatever models they are of."""
        names = await self._milvus.places(seconds=WRITE_SECONDS)
        return [name for name in names if holds(name, bucket)]

    async def _query(
        self,
        place: str,
        filter: str,
        fields: Sequence[str],
        *,
        limit: int | None = None,
        seconds: float = WRITE_SECONDS,
    ) -> Sequence[Mapping[str, Any]]:
        more = {} if limit is None else {"limit": limit}
        try:
            found: Sequence[Mapping[str, Any]] = await self._milvus.ask(
                place,
                lambda client: client.query(
                    place,
                    filter=filter,
                    output_fields=list(fields),
                    consistency_level="Strong",
                    **more,
                    **ONCE,
                ),
                seconds=seconds,
            )
        except Missing:
            return []
        return found


async def ended(writing: Coroutine[Any, Any, object]) -> None:
    """
    Write to the end, also when told to end before.

    What is written is deleted again if its document is, and a deletion that overtakes
    what is still on its way deletes nothing.
    """
    task = asyncio.ensure_future(writing)
    task.add_done_callback(heard)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=LEAVE_SECONDS)
        task.cancel()
        raise


def to_place(row: Mapping[str, Any]) -> Place:
    """Read which chunk a row is."""
    return Place(UUID(row["document"]), int(row["number"]))


def to_found(hit: Mapping[str, Any]) -> Found:
    """Read a row that was found; Milvus Lite puts a minus before scores of words."""
    return Found(to_place(hit["entity"]), abs(float(hit["distance"])))
