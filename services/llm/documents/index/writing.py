"""Replacing the chunks of documents, and deleting them."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import time_ns
from typing import Any, TypeVar
from uuid import UUID

from services.llm.documents.index.meaning import Meaning
from services.llm.documents.index.places import (
    NO_COLLECTION,
    bucket,
    meaning_place,
    one_of,
    owned,
    words_place,
)
from services.llm.documents.index.rows import Rows
from services.llm.documents.index.schemas import WORDS, Schema
from services.llm.documents.index.words import searchable
from services.llm.documents.model import Chunk
from services.llm.documents.ports import Progress
from services.llm.embeddings.model import EmbeddingUnavailable

ROWS = 200  # written at once
EMBEDDED = 128  # embedded at once
DOCUMENTS = 100  # deleted at once
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Written:
    """A document on its way into the index; `generation` tells it from older ones."""

    owner_id: UUID
    document_id: UUID
    collection_id: UUID | None
    generation: int

    @property
    def filter(self) -> str:
        """All rows of the document."""
        return f"{owned(self.owner_id)} and {one_of('document', [self.document_id])}"

    @property
    def older(self) -> str:
        """The rows that these replace."""
        return f"{self.filter} and generation < {self.generation:d}"

    def words(self, chunks: Sequence[Chunk]) -> list[dict[str, Any]]:
        """Write chunks down with what they are found by."""
        return [self.row(each, text=searchable(titled(each))) for each in chunks]

    def row(self, chunk: Chunk, **more: object) -> dict[str, Any]:
        """Write a chunk down."""
        collection = self.collection_id
        return {
            "pk": f"{self.document_id}-{chunk.number}-{self.generation:x}",
            "owner": str(self.owner_id),
            "document": str(self.document_id),
            "collection": str(collection) if collection else NO_COLLECTION,
            "number": chunk.number,
            "generation": self.generation,
            **more,
        }


@dataclass(slots=True)
class Done:
    """How much of the work is done."""

    tell: Progress
    steps: int
    done: int = field(default=0)

    def add(self, steps: int) -> None:
        """Tell of it in percent."""
        self.done += steps
        self.tell(min(100, 100 * self.done // max(1, self.steps)))


class Writing:
    """
    Writes and deletes in all collections of a bucket.

    A document's new rows are there before the old ones go, so a search finds it at any
    moment. What a crash leaves of either is removed when the document is put again.
    """

    def __init__(self, rows: Rows, meaning: Meaning | None) -> None:
        self._rows = rows
        self._meaning = meaning

    async def put(
        self,
        owner_id: UUID,
        document_id: UUID,
        collection_id: UUID | None,
        chunks: Sequence[Chunk],
        progress: Progress,
    ) -> bool:
        """Replace a document's chunks; tell whether no vector is missing."""
        place = words_place(bucket(owner_id))
        written = Written(owner_id, document_id, collection_id, time_ns())
        # Clocks differ: what is there must not look newer than what replaces it.
        newest = await self._rows.newest(
            place, written.filter, since=written.generation
        )
        if newest:
            written = Written(owner_id, document_id, collection_id, newest + 1)
        done = Done(progress, len(chunks) * (2 if self._meaning else 1))
        for batch in batches(chunks, ROWS):
            # What words are found by takes a tenth of a second for so many.
            rows = await asyncio.to_thread(written.words, batch)
            await self._rows.insert(place, WORDS, rows)
            done.add(len(batch))
        await self._replace(place, written)
        vectors = await self._vectors(written, chunks, done)
        for other in await self._rows.places(bucket(owner_id)):
            if other not in (place, vectors):
                await self._rows.delete(other, written.filter)
        return vectors is not None or not self._meaning or not chunks

    async def _vectors(
        self, written: Written, chunks: Sequence[Chunk], done: Done
    ) -> str | None:
        """Replace the vectors; return where they are, or None if there are none."""
        if self._meaning is None or not chunks:
            return None
        place, schema = "", Schema()
        for group in batches(chunks, EMBEDDED):
            try:
                vectors = await self._meaning.embedder.embed(
                    [titled(chunk) for chunk in group]
                )
            except EmbeddingUnavailable:
                return None
            dimension = len(vectors[0])
            if schema.dimension not in (0, dimension):
                return None
            schema = Schema(dimension)
            place = meaning_place(
                self._meaning.model, dimension, bucket(written.owner_id)
            )
            rows = [
                written.row(chunk, vector=list(vector))
                for chunk, vector in zip(group, vectors, strict=True)
            ]
            await self._rows.insert(place, schema, rows)
            done.add(len(group))
        await self._replace(place, written)
        return place

    async def _replace(self, place: str, written: Written) -> None:
        # Flushed first: Milvus Lite does not find rows while it flushes them, so the
        # older ones are to be there until then.
        await self._rows.flush(place)
        await self._rows.delete(place, written.older)
        await self._rows.flush(place)

    async def delete(self, owner_id: UUID, documents: Sequence[UUID]) -> None:
        """Delete all chunks of these documents."""
        for batch in batches(documents, DOCUMENTS):
            await self._delete(
                owner_id, f"{owned(owner_id)} and {one_of('document', batch)}"
            )

    async def delete_owner(self, owner_id: UUID) -> None:
        """Delete everything that a user owns."""
        await self._delete(owner_id, owned(owner_id))

    async def _delete(self, owner_id: UUID, filter: str) -> None:
        for place in await self._rows.places(bucket(owner_id)):
            await self._rows.delete(place, filter)
            await self._rows.flush(place)


def titled(chunk: Chunk) -> str:
    """Put what a chunk stands under before what it says."""
    return f"{chunk.section}\n{chunk.text}" if chunk.section else chunk.text


def batches(all: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Part a sequence into pieces."""
    for start in range(0, len(all), size):
        yield all[start : start + size]
