"""What is out of sight and yet to be taken away: rows, and vectors."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from services.kit.exclusive import alone
from services.kit.postgres import Database
from services.llm.documents.store.sql import marking

ONE_AT_A_TIME = 7262211904
VECTORS_AT_ONCE = 500
DOCUMENTS_AT_ONCE = 20
STALE_AT_ONCE = 100

# Once nobody may be writing them. One that is not confirmed soon is tried again. Also
# said is whether this is the last time: a run that was cut off may leave behind a write
# that Milvus has yet to apply. It is given a minute for that (`WRITE_SECONDS`), counted
# from when the run let go of the document, or its lease ran out (`due_time`).
VECTORS: LiteralString = """
    UPDATE vector_deletions v SET due_time = now() + interval '30 seconds'
    FROM (
        SELECT q.user_id, q.document_id FROM vector_deletions q
        WHERE q.due_time <= now() AND NOT EXISTS (
            SELECT FROM documents d
            WHERE d.user_id = q.user_id AND d.id = q.document_id
              AND d.holder IS NOT NULL AND d.due_time > now()
        )
        ORDER BY q.due_time LIMIT %(limit)s FOR UPDATE OF q SKIP LOCKED
    ) due
    WHERE v.user_id = due.user_id AND v.document_id = due.document_id
    RETURNING v.user_id, v.document_id, coalesce(
        (
            SELECT d.due_time FROM documents d
            WHERE d.user_id = v.user_id AND d.id = v.document_id
        ) <= now() - interval '60 seconds', true
    )
"""
# But not what was queued again meanwhile.
VECTORS_GONE: LiteralString = """
    DELETE FROM vector_deletions
    WHERE user_id = %(user_id)s AND document_id = ANY (%(ids)s) AND due_time > now()
"""

# The document's row says since when nobody writes, so it stays for as long.
DELETED: LiteralString = """
    SELECT user_id, id FROM documents
    WHERE delete_time IS NOT NULL
      AND (due_time IS NULL OR due_time <= now() - interval '60 seconds')
    ORDER BY delete_time LIMIT %(limit)s
"""


def some(table: LiteralString, limit: LiteralString) -> LiteralString:
    """
    Write the statement that takes away some of a document's rows.

    By where they are, all in one partition: joined by their keys, a plan that was made
    before there were many of them would compare each with each.
    """
    return f"""
        DELETE FROM {table} WHERE user_id = %(user_id)s AND ctid = ANY (ARRAY(
            SELECT ctid FROM {table}
            WHERE user_id = %(user_id)s AND document_id = %(id)s LIMIT {limit}
        ))
    """


OF_DOCUMENT: tuple[LiteralString, ...] = (
    some("document_parts", "64"),
    some("document_pages", "1000"),
    some("document_chunks", "5000"),
)
DOCUMENT: LiteralString = """
    DELETE FROM documents
    WHERE user_id = %(user_id)s AND id = %(id)s AND delete_time IS NOT NULL
"""

STALE: LiteralString = """
    SELECT user_id, id FROM documents
    WHERE state = 'uploading' AND delete_time IS NULL
      AND create_time < now() - interval '1 day'
    ORDER BY create_time LIMIT %(limit)s
"""
MARK_STALE: LiteralString = marking("id = %(id)s AND state = 'uploading'")


class PostgresRubbish:
    """Takes away what nobody sees any more, in steps that are quick each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def vectors(self) -> Mapping[UUID, Mapping[UUID, bool]]:
        due: dict[UUID, dict[UUID, bool]] = defaultdict(dict)
        async with self._database.statement() as connection:
            cursor = await connection.execute(VECTORS, {"limit": VECTORS_AT_ONCE})
            for owner_id, id, last in await cursor.fetchall():
                due[owner_id][id] = last
        return due

    async def vectors_gone(self, owner_id: UUID, documents: Sequence[UUID]) -> None:
        values = {"user_id": owner_id, "ids": list(documents)}
        async with self._database.statement() as connection:
            await connection.execute(VECTORS_GONE, values)

    async def sweep(self) -> int:
        taken = 0
        async with alone(self._database, ONE_AT_A_TIME) as mine:
            if not mine:
                return 0
            for values in await self._found(DELETED, DOCUMENTS_AT_ONCE):
                left = False
                for statement in OF_DOCUMENT:
                    count = await self._run(statement, values)
                    taken += count
                    left |= count > 0
                if not left:
                    taken += await self._run(DOCUMENT, values)
        return taken

    async def stale(self) -> int:
        found = await self._found(STALE, STALE_AT_ONCE)
        return sum([await self._run(MARK_STALE, values) for values in found])

    async def _found(
        self, statement: LiteralString, limit: int
    ) -> Sequence[dict[str, Any]]:
        async with self._database.statement() as connection:
            cursor = await connection.execute(statement, {"limit": limit})
            return [
                {"user_id": user_id, "id": id}
                for user_id, id in await cursor.fetchall()
            ]

    async def _run(self, statement: LiteralString, values: dict[str, Any]) -> int:
        async with self._database.statement() as connection:
            return (await connection.execute(statement, values)).rowcount
