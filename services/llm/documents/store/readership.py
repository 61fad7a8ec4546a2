"""What somebody may read of what was found: the second check, after the index's."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.kit.postgres import Database
from services.llm.documents.model import (
    Chunk,
    CollectionNotFound,
    DocumentNotFound,
    Hit,
    Place,
    Readable,
    Scope,
    Span,
)
from services.llm.documents.ports import Spans
from services.llm.documents.store.jobs import STRETCH
from services.llm.documents.store.sql import FROM_SHARED, READABLE, SHARED, read_by
from services.llm.members import Member
from services.llm.model import Passage
from services.llm.names import DocumentName, Owned
from services.llm.wanted import Knowledge

MAX_SHARED = 500  # collections that are looked into unless they are named
NEIGHBOURS = 4  # chunks before and after one that was found

ALL_SHARED: LiteralString = (
    "SELECT c.user_id, c.id" + FROM_SHARED + "ORDER BY c.id LIMIT %(limit)s"
)
OWN: LiteralString = """
    SELECT FROM documents
    WHERE user_id = %(user_id)s AND version IS NOT NULL AND delete_time IS NULL LIMIT 1
"""
ANY: LiteralString = "SELECT FROM documents WHERE version IS NOT NULL LIMIT 1"
COLLECTIONS: LiteralString = (
    """
    SELECT c.user_id, c.id
    FROM unnest(%(owners)s::uuid[], %(ids)s::uuid[]) AS named (owner_id, id)
    CROSS JOIN LATERAL (
        SELECT c.user_id, c.id FROM collections c
        WHERE c.user_id = named.owner_id AND c.id = named.id
          AND (c.user_id = %(reader_id)s OR
"""
    + SHARED
    + ") OFFSET 0) c"
)
DOCUMENTS: LiteralString = (
    """
    SELECT d.user_id, d.id
    FROM unnest(%(owners)s::uuid[], %(ids)s::uuid[]) AS named (owner_id, id)
    CROSS JOIN LATERAL (
        SELECT d.user_id, d.id FROM documents d
        WHERE d.user_id = named.owner_id AND d.id = named.id AND
"""
    + READABLE
    + "OFFSET 0) d"
)

# A hit does not say whose it is, so it is looked for with each owner who was in scope.
# `OFFSET 0` keeps the planner from reading whole tables for a few rows.
FOUND: LiteralString = (
    """
    SELECT d.* FROM unnest(%(owners)s::uuid[]) AS scope (owner_id)
    CROSS JOIN LATERAL (
        SELECT d.user_id, d.id, d.collection_id, d.display_name, d.version
        FROM documents d
        WHERE d.user_id = scope.owner_id AND d.id = ANY (%(ids)s)
          AND d.version IS NOT NULL AND
"""
    + READABLE
    + "OFFSET 0) d"
)
CHUNKS: LiteralString = """
    SELECT hit.place, k.* FROM unnest(
        %(owners)s::uuid[], %(ids)s::uuid[], %(versions)s::uuid[],
        %(numbers)s::integer[]
    ) WITH ORDINALITY AS hit (owner_id, id, version, number, place)
    CROSS JOIN LATERAL (
        SELECT k.number, k.start, k."end", k.page, k.section FROM document_chunks k
        WHERE k.user_id = hit.owner_id AND k.document_id = hit.id
          AND k.version = hit.version
          AND k.number BETWEEN hit.number - %(near)s AND hit.number + %(near)s
        OFFSET 0
    ) k
    ORDER BY hit.place, k.number
"""
TEXTS: LiteralString = """
    SELECT span.place, p.text FROM unnest(
        %(owners)s::uuid[], %(ids)s::uuid[], %(versions)s::uuid[], %(starts)s::bigint[],
        %(ends)s::bigint[]
    ) WITH ORDINALITY AS span (owner_id, id, version, start, "end", place)
    CROSS JOIN LATERAL (
        SELECT p.start, substr(
            p.text, greatest(1, span.start - p.start + 1)::integer,
            (span."end" - greatest(span.start, p.start))::integer
        ) AS text
        FROM document_pages p
        WHERE p.user_id = span.owner_id AND p.document_id = span.id
          AND p.version = span.version
          AND p.start > span.start - %(stretch)s AND p.start < span."end"
          AND p.start + p.length > span.start
        OFFSET 0
    ) p
    ORDER BY span.place, p.start
"""
# All that is read for one search is read as of one moment.
ONE_MOMENT: LiteralString = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class PostgresReadership:
    """Says where somebody may look, and reads what they may of what was found."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def scopes(self, reader: Member, knowledge: Knowledge) -> Sequence[Scope]:
        within: dict[UUID, tuple[set[UUID], set[UUID]]] = defaultdict(
            lambda: (set(), set())
        )
        async with self._database.transaction() as connection:
            named = await readable(
                connection, reader, COLLECTIONS, knowledge.collections
            )
            for collection in knowledge.collections:
                if (collection.user_id, collection.id) not in named:
                    raise CollectionNotFound(collection=collection)
                within[collection.user_id][0].add(collection.id)
            documents = (*knowledge.documents, *knowledge.attached)
            named = await readable(connection, reader, DOCUMENTS, documents)
            for document in knowledge.documents:
                if (document.user_id, document.id) not in named:
                    raise DocumentNotFound(document=document)
            for owner_id, id in named:
                within[owner_id][1].add(id)
            if knowledge.all:
                values = {
                    **read_by(reader),
                    "user_id": reader.user_id,
                    "limit": MAX_SHARED,
                }
                shared = await (await connection.execute(ALL_SHARED, values)).fetchall()
                for owner_id, id in shared:
                    within[owner_id][0].add(id)
                own = await connection.execute(OWN, values)
                if own.rowcount:
                    within[reader.user_id] = (set(), set())  # all that is their own
        return [
            Scope(owner_id, tuple(sorted(collections)), tuple(sorted(documents)))
            for owner_id, (collections, documents) in within.items()
        ]

    async def any(self) -> bool:
        async with self._database.statement() as connection:
            return bool((await connection.execute(ANY)).rowcount)

    async def passages(
        self,
        reader: Member,
        scopes: Sequence[Scope],
        hits: Sequence[Hit],
        spans: Spans,
    ) -> tuple[Sequence[Passage], int]:
        async with self._database.transaction() as connection:
            await connection.execute(ONE_MOMENT)
            found = await self._readable(connection, reader, scopes, hits)
            kept = [hit for hit in hits if hit.document_id in found]
            chosen = spans(await self._places(connection, found, kept))
            texts = await self._texts(connection, found, chosen)
        passages = [
            Passage(
                document=str(span.name),
                display_name=found[span.name.id].display_name,
                text=text,
                page=span.page,
                section=span.section,
                start=span.start,
                end=span.end,
                score=span.score,
            )
            for span, text in zip(chosen, texts, strict=True)
            if len(text) == span.end - span.start
        ]
        return passages, len(hits) - len(kept)

    async def _readable(
        self,
        connection: AsyncConnection,
        reader: Member,
        scopes: Sequence[Scope],
        hits: Sequence[Hit],
    ) -> Mapping[UUID, Readable]:
        """Return the documents of the hits that are in scope and may be read."""
        values = {
            **read_by(reader),
            "owners": [scope.owner_id for scope in scopes],
            "ids": list({hit.document_id for hit in hits}),
        }
        rows = await (await connection.execute(FOUND, values)).fetchall()
        documents = (
            Readable(DocumentName(owner_id, id), *rest) for owner_id, id, *rest in rows
        )
        return {
            document.name.id: document
            for document in documents
            if any(covers(scope, document) for scope in scopes)
        }

    async def _places(
        self,
        connection: AsyncConnection,
        found: Mapping[UUID, Readable],
        hits: Sequence[Hit],
    ) -> Sequence[Place]:
        documents = [found[hit.document_id] for hit in hits]
        values = {
            **of(documents),
            "numbers": [hit.number for hit in hits],
            "near": NEIGHBOURS,
        }
        rows = await (await connection.execute(CHUNKS, values)).fetchall()
        near: dict[int, list[Chunk]] = defaultdict(list)
        for place, number, start, end, page, section in rows:
            near[place - 1].append(Chunk(number, start, end, page, section, ""))
        return [
            Place(document.name, chunk, tuple(near[place]), hit.score)
            for place, (document, hit) in enumerate(zip(documents, hits, strict=True))
            for chunk in near[place]
            if chunk.number == hit.number
        ]

    async def _texts(
        self,
        connection: AsyncConnection,
        found: Mapping[UUID, Readable],
        spans: Sequence[Span],
    ) -> Sequence[str]:
        values = {
            **of([found[span.name.id] for span in spans]),
            "starts": [span.start for span in spans],
            "ends": [span.end for span in spans],
            "stretch": STRETCH,
        }
        rows = await (await connection.execute(TEXTS, values)).fetchall()
        texts = [""] * len(spans)
        for place, text in rows:
            texts[place - 1] += text
        return texts


async def readable(
    connection: AsyncConnection,
    reader: Member,
    query: LiteralString,
    names: Sequence[Owned],
) -> set[tuple[UUID, UUID]]:
    """Return which of those that are named somebody may read."""
    if not names:
        return set()
    values = {
        **read_by(reader),
        "owners": [name.user_id for name in names],
        "ids": [name.id for name in names],
    }
    return set(await (await connection.execute(query, values)).fetchall())


def of(documents: Sequence[Readable]) -> dict[str, Any]:
    """Name documents and their versions, as parallel lists."""
    return {
        "owners": [document.name.user_id for document in documents],
        "ids": [document.name.id for document in documents],
        "versions": [document.version for document in documents],
    }


def covers(scope: Scope, document: Readable) -> bool:
    """Tell whether a document is in a scope."""
    if document.name.user_id != scope.owner_id:
        return False
    if not scope.collections and not scope.documents:
        return True
    return (
        document.collection_id in scope.collections
        or document.name.id in scope.documents
    )
