"""What statements about documents and collections have in common."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import kwargs_row

from services.llm.documents.model import (
    Collection,
    CollectionNotFound,
    Document,
    DocumentNotFound,
)
from services.llm.members import Member
from services.llm.names import CollectionName, DocumentName

# Of a collection `c`, whose count is that of an index.
COLLECTION: LiteralString = """
    c.user_id, c.id, c.display_name, c.description, c.readers, c.reader_groups,
    c.create_time, c.update_time, (
        SELECT count(*) FROM documents d
        WHERE d.user_id = c.user_id AND d.collection_id = c.id
    ) AS document_count
"""

DOCUMENT: LiteralString = """
    d.user_id, d.id, d.collection_id, d.display_name, d.size_bytes, d.uploaded_bytes,
    d.media_type, d.state, d.failure, d.progress_percent, d.page_count,
    d.passage_count, d.character_count, d.flags, d.create_time, d.update_time
"""

# A collection `c` that is shared with the reader, or with a group that they are in.
SHARED: LiteralString = """
    (%(reader_id)s = ANY (c.readers) OR c.reader_groups && %(groups)s::uuid[])
"""
# All those that are, each once. `OFFSET 0` keeps the planner from reading whole tables
# for a few rows.
FROM_SHARED: LiteralString = (
    """
    FROM (
        SELECT owner_id, collection_id FROM collection_readers
        WHERE user_id = %(reader_id)s
        UNION
        SELECT user_id, id FROM collections
        WHERE reader_groups && %(groups)s::uuid[] AND user_id <> %(reader_id)s
    ) r CROSS JOIN LATERAL (
        SELECT c.* FROM collections c
        WHERE c.user_id = r.owner_id AND c.id = r.collection_id AND
"""
    + SHARED
    + "OFFSET 0) c "
)

# A document `d` that is there, and that the reader may read: their own, or one that
# lies in a collection that is shared with them.
READABLE: LiteralString = (
    """
    d.delete_time IS NULL AND (d.user_id = %(reader_id)s OR EXISTS (
        SELECT FROM collections c
        WHERE c.user_id = d.user_id AND c.id = d.collection_id AND
"""
    + SHARED
    + "))"
)

GET: LiteralString = (
    "SELECT"
    + DOCUMENT
    + "FROM documents d WHERE d.user_id = %(user_id)s AND d.id = %(id)s AND "
    + READABLE
)

GET_COLLECTION: LiteralString = (
    "SELECT"
    + COLLECTION
    + """
    FROM collections c WHERE c.user_id = %(user_id)s AND c.id = %(id)s
      AND (c.user_id = %(reader_id)s OR
"""
    + SHARED
    + ")"
)

# Out of sight for everybody: whatever reads documents leaves these out. They leave
# their collection, so that it can go. Their vectors are queued in the same statement.
# Of one that is processed, or was and will be again, some vectors may be on their way
# into the index: `due_time` says until when they were sent at most.
MARK: LiteralString = """
    WITH gone AS (
        UPDATE documents SET
            delete_time = now(), collection_id = NULL, version = NULL,
            due_time = CASE WHEN holder IS NOT NULL THEN due_time
                WHEN state = 'processing' THEN now() END
        WHERE user_id = %(user_id)s AND delete_time IS NULL AND {which}
        RETURNING user_id, id
    )
    INSERT INTO vector_deletions (user_id, document_id, due_time)
    SELECT user_id, id, now() FROM gone
    ON CONFLICT (user_id, document_id) DO UPDATE SET due_time = now()
"""


def marking(which: LiteralString) -> LiteralString:
    """Write the statement that puts some of a user's documents out of sight."""
    return MARK.replace("{which}", which)


def key(name: DocumentName | CollectionName) -> dict[str, Any]:
    """Name a row, its owner first, as the owner reads it."""
    return {"user_id": name.user_id, "id": name.id, **read_by(Member(name.user_id))}


def read_by(reader: Member) -> dict[str, Any]:
    """Name who reads."""
    return {"reader_id": reader.user_id, "groups": list(reader.groups)}


def to_document(
    *, user_id: UUID, id: UUID, flags: list[Any], **columns: Any
) -> Document:
    """Make a document of its row."""
    return Document(name=DocumentName(user_id, id), flags=tuple(flags), **columns)


def to_collection(
    *,
    user_id: UUID,
    id: UUID,
    readers: list[UUID],
    reader_groups: list[UUID],
    **columns: Any,
) -> Collection:
    """Make a collection of its row."""
    return Collection(
        name=CollectionName(user_id, id),
        readers=tuple(readers),
        reader_groups=tuple(reader_groups),
        **columns,
    )


async def documents(
    connection: AsyncConnection, query: LiteralString, values: dict[str, Any]
) -> list[Document]:
    """Return the documents that a statement finds."""
    cursor = connection.cursor(row_factory=kwargs_row(to_document))
    await cursor.execute(query, values)
    return await cursor.fetchall()


async def collections(
    connection: AsyncConnection, query: LiteralString, values: dict[str, Any]
) -> list[Collection]:
    """Return the collections that a statement finds."""
    cursor = connection.cursor(row_factory=kwargs_row(to_collection))
    await cursor.execute(query, values)
    return await cursor.fetchall()


async def document(
    connection: AsyncConnection,
    name: DocumentName,
    reader: Member | None = None,
    query: LiteralString = GET,
) -> Document:
    """Return what its owner, or a reader, may read, or raise `DocumentNotFound`."""
    values = {**key(name), **(read_by(reader) if reader else {})}
    if found := await documents(connection, query, values):
        return found[0]
    raise DocumentNotFound(document=name)


async def collection(
    connection: AsyncConnection, name: CollectionName, reader: Member | None = None
) -> Collection:
    """Return what its owner, or a reader, may read, or raise `CollectionNotFound`."""
    values = {**key(name), **(read_by(reader) if reader else {})}
    if found := await collections(connection, GET_COLLECTION, values):
        return found[0]
    raise CollectionNotFound(collection=name)
