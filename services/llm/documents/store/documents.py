"""Documents: what they are called, where they lie, that they are to be processed."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.kit.errors import InvalidField
from services.kit.postgres import Database, announce
from services.kit.requests.model import Request
from services.llm.documents.model import (
    MAX_DOCUMENTS,
    MAX_PARTS,
    MAX_USER_BYTES,
    CollectionNotFound,
    Document,
    DocumentChange,
    DocumentNotFound,
    NewDocument,
    TooManyDocuments,
    UploadIncomplete,
    UploadOutOfOrder,
)
from services.llm.documents.ports import JOBS_TOPIC, SWEEP_TOPIC, document_topic
from services.llm.documents.store.sql import (
    DOCUMENT,
    GET,
    READABLE,
    collection,
    document,
    documents,
    key,
    marking,
    read_by,
)
from services.llm.members import Member
from services.llm.names import CollectionName, DocumentName
from services.llm.requests import REQUESTS

LAST = UUID(int=2**128 - 1)

# One document of a user at a time, so that two at once are not one too many.
QUEUE: LiteralString = """
    SELECT pg_advisory_xact_lock(
        hashtextextended('llm/documents/' || %(user_id)s::text, 0)
    )
"""
CREATE: LiteralString = """
    INSERT INTO documents (
        user_id, id, collection_id, display_name, size_bytes, create_time, update_time
    )
    SELECT %(user_id)s, %(id)s, %(collection_id)s, %(display_name)s,
        %(size)s::bigint, now(), now()
    FROM (
        SELECT count(*) AS number, coalesce(sum(size_bytes), 0) AS bytes
        FROM documents WHERE user_id = %(user_id)s AND delete_time IS NULL
    ) found
    WHERE number < %(maximum)s AND bytes + %(size)s::bigint <= %(maximum_bytes)s
"""

# Held before a document is: who deletes a collection locks them in this order.
HOLD: LiteralString = """
    SELECT FROM collections
    WHERE user_id = %(user_id)s AND id = %(collection_id)s FOR KEY SHARE
"""
LOCK: LiteralString = GET + "FOR UPDATE OF d"

SAME_PART: LiteralString = """
    SELECT FROM document_parts
    WHERE user_id = %(user_id)s AND document_id = %(id)s AND start = %(start)s
      AND data = %(data)s
"""
ADD_PART: LiteralString = """
    INSERT INTO document_parts (user_id, document_id, start, data)
    VALUES (%(user_id)s, %(id)s, %(start)s, %(data)s)
"""
UPLOADED: LiteralString = """
    UPDATE documents SET
        uploaded_bytes = uploaded_bytes + %(length)s,
        parts = parts + 1,
        state = CASE WHEN uploaded_bytes + %(length)s = size_bytes
            THEN 'processing' ELSE state END,
        due_time = CASE WHEN uploaded_bytes + %(length)s = size_bytes
            THEN now() ELSE due_time END,
        update_time = now()
    WHERE user_id = %(user_id)s AND id = %(id)s AND parts < %(maximum)s
"""

PAGE: LiteralString = (
    "SELECT"
    + DOCUMENT
    + """
    FROM documents d
    WHERE d.user_id = %(user_id)s AND d.id < %(before)s AND d.delete_time IS NULL
    ORDER BY d.id DESC LIMIT %(limit)s
"""
)
PAGE_WITHIN: LiteralString = (
    "SELECT"
    + DOCUMENT
    + """
    FROM documents d
    WHERE d.user_id = %(user_id)s AND d.collection_id = %(collection_id)s
      AND d.id < %(before)s AND
"""
    + READABLE
    + "ORDER BY d.id DESC LIMIT %(limit)s"
)

RENAME: LiteralString = """
    UPDATE documents SET display_name = %(display_name)s, update_time = now()
    WHERE user_id = %(user_id)s AND id = %(id)s
"""
# The index knows where a document lies, so it has to learn it. One that is being
# processed is looked at again when that is done.
MOVE: LiteralString = """
    UPDATE documents SET
        collection_id = %(collection_id)s,
        due_time = CASE WHEN state = 'ready' THEN now() ELSE due_time END,
        progress_percent = CASE WHEN state = 'ready' THEN 0 ELSE progress_percent END,
        state = CASE WHEN state = 'ready' THEN 'processing' ELSE state END,
        update_time = now()
    WHERE user_id = %(user_id)s AND id = %(id)s
      AND collection_id IS DISTINCT FROM %(collection_id)s
"""
AGAIN: LiteralString = """
    UPDATE documents SET
        state = 'processing', failure = NULL, progress_percent = 0, due_time = now(),
        attempts = 0, delays = 0, update_time = now()
    WHERE user_id = %(user_id)s AND id = %(id)s AND state IN ('ready', 'failed')
"""
DELETE: LiteralString = marking("id = %(id)s")


class PostgresDocuments:
    """Stores documents; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, new: NewDocument, request: Request) -> Document:
        name = new.name
        values = {
            **key(name),
            "collection_id": new.collection_id,
            "display_name": new.display_name,
            "size": new.size_bytes,
            "maximum": MAX_DOCUMENTS,
            "maximum_bytes": MAX_USER_BYTES,
        }
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            first = await REQUESTS.claim(connection, name.user_id, request, target)
            if first and first["resource_id"]:
                name = DocumentName(name.user_id, first["resource_id"])
                return await document(connection, name)
            await hold(connection, name.user_id, new.collection_id)
            await connection.execute(QUEUE, values)
            if not (await connection.execute(CREATE, values)).rowcount:
                raise TooManyDocuments(maximum=MAX_DOCUMENTS, bytes=MAX_USER_BYTES)
            return await document(connection, name)

    async def append(self, name: DocumentName, offset: int, data: bytes) -> Document:
        values = {**key(name), "start": offset, "data": data, "length": len(data)}
        async with self._database.transaction() as connection:
            found = await document(connection, name, query=LOCK)
            if (
                offset < found.uploaded_bytes
                and (await connection.execute(SAME_PART, values)).rowcount
            ):
                return found
            if offset != found.uploaded_bytes:
                raise UploadOutOfOrder(expected=found.uploaded_bytes)
            if offset + len(data) > found.size_bytes:
                expected = f"at most {found.size_bytes - offset} bytes"
                raise InvalidField(field="data", expected=expected)
            await connection.execute(ADD_PART, values)
            values["maximum"] = MAX_PARTS
            if not (await connection.execute(UPLOADED, values)).rowcount:
                raise InvalidField(field="data", expected="larger parts")
            announce(connection, document_topic(name))
            if offset + len(data) == found.size_bytes:
                announce(connection, JOBS_TOPIC)
            return await document(connection, name)

    async def get(self, name: DocumentName, reader: Member) -> Document:
        async with self._database.statement() as connection:
            return await document(connection, name, reader)

    async def page(
        self,
        reader: Member,
        within: CollectionName | None,
        *,
        before: UUID | None,
        limit: int,
    ) -> Sequence[Document]:
        values: dict[str, Any] = {
            **read_by(reader),
            "user_id": reader.user_id,
            "before": before or LAST,
            "limit": limit,
        }
        async with self._database.transaction() as connection:
            if within is None:
                return await documents(connection, PAGE, values)
            await collection(connection, within, reader)
            values |= {"user_id": within.user_id, "collection_id": within.id}
            return await documents(connection, PAGE_WITHIN, values)

    async def change(
        self, name: DocumentName, change: DocumentChange, request: Request
    ) -> Document:
        values = {**key(name), **change}
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            if await REQUESTS.claim(connection, name.user_id, request, target):
                return await document(connection, name)
            await hold(connection, name.user_id, change.get("collection_id"))
            await document(connection, name, query=LOCK)
            if "display_name" in change:
                await connection.execute(RENAME, values)
            if "collection_id" in change:
                await connection.execute(MOVE, values)
                announce(connection, JOBS_TOPIC)
            announce(connection, document_topic(name))
            return await document(connection, name)

    async def delete(
        self, name: DocumentName, request: Request, *, allow_missing: bool
    ) -> None:
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            if await REQUESTS.claim(connection, name.user_id, request, target):
                return
            if (await connection.execute(DELETE, key(name))).rowcount:
                announce(connection, SWEEP_TOPIC)
                announce(connection, document_topic(name))
            elif not allow_missing:
                raise DocumentNotFound(document=name)

    async def reindex(self, name: DocumentName, request: Request) -> Document:
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            if await REQUESTS.claim(connection, name.user_id, request, target):
                return await document(connection, name)
            found = await document(connection, name, query=LOCK)
            if found.state == "uploading":
                raise UploadIncomplete(uploaded=found.uploaded_bytes)
            if (await connection.execute(AGAIN, key(name))).rowcount:
                announce(connection, JOBS_TOPIC)
                announce(connection, document_topic(name))
            return await document(connection, name)


async def hold(
    connection: AsyncConnection, user_id: UUID, collection_id: UUID | None
) -> None:
    """Keep a collection, if one is named, from being deleted in this transaction."""
    if collection_id is None:
        return
    values = {"user_id": user_id, "collection_id": collection_id}
    if not (await connection.execute(HOLD, values)).rowcount:
        raise CollectionNotFound(collection=CollectionName(user_id, collection_id))
