"""Collections, and who may read them."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.kit.postgres import Database, announce
from services.kit.requests.model import Request
from services.llm.documents.model import (
    MAX_COLLECTIONS,
    Collection,
    CollectionChange,
    CollectionNotFound,
    TooManyCollections,
)
from services.llm.documents.ports import SWEEP_TOPIC
from services.llm.documents.readers import NO_READERS, Readers
from services.llm.documents.store.sql import (
    COLLECTION,
    FROM_SHARED,
    collection,
    collections,
    key,
    marking,
    read_by,
)
from services.llm.members import Member
from services.llm.names import CollectionName
from services.llm.requests import REQUESTS

# One collection of a user at a time, so that two at once are not one too many.
QUEUE: LiteralString = """
    SELECT pg_advisory_xact_lock(
        hashtextextended('llm/collections/' || %(user_id)s::text, 0)
    )
"""

CREATE: LiteralString = """
    INSERT INTO collections (
        user_id, id, display_name, description, readers, reader_groups, create_time,
        update_time
    )
    SELECT %(user_id)s, %(id)s, %(display_name)s, %(description)s, %(readers)s,
        %(reader_groups)s, now(), now()
    WHERE (SELECT count(*) FROM collections WHERE user_id = %(user_id)s) < %(maximum)s
"""

# By their names without regard to case, in the same order on every database.
OWN: LiteralString = (
    "SELECT"
    + COLLECTION
    + """
    FROM collections c WHERE c.user_id = %(user_id)s
      AND (%(after)s::uuid IS NULL OR
        (lower(display_name) COLLATE "C", id) > (lower(%(name)s), %(after)s::uuid))
    ORDER BY lower(display_name) COLLATE "C", id LIMIT %(limit)s
"""
)
SHARED: LiteralString = (
    "SELECT"
    + COLLECTION
    + FROM_SHARED
    + """
    WHERE (%(after)s::uuid IS NULL OR
        (lower(c.display_name) COLLATE "C", c.id) > (lower(%(name)s), %(after)s::uuid))
    ORDER BY lower(c.display_name) COLLATE "C", c.id LIMIT %(limit)s
"""
)

CHANGE: LiteralString = """
    UPDATE collections SET
        display_name = coalesce(%(display_name)s, display_name),
        description = coalesce(%(description)s, description),
        readers = coalesce(%(readers)s, readers),
        reader_groups = coalesce(%(reader_groups)s, reader_groups),
        update_time = now()
    WHERE user_id = %(user_id)s AND id = %(id)s
"""

# Nobody else says so at the same time.
GROUPS: LiteralString = """
    SELECT reader_groups FROM collections
    WHERE user_id = %(user_id)s AND id = %(id)s FOR UPDATE
"""
# Who may read no longer first, so that nobody reads for a moment too long.
LEAVE: LiteralString = """
    DELETE FROM collection_readers
    WHERE owner_id = %(user_id)s AND collection_id = %(id)s
      AND user_id <> ALL (%(readers)s)
"""
JOIN: LiteralString = """
    INSERT INTO collection_readers (user_id, owner_id, collection_id)
    SELECT reader, %(user_id)s, %(id)s FROM unnest(%(readers)s::uuid[]) AS reader
    ON CONFLICT DO NOTHING
"""

# Whoever puts a document into it at the same time is waited for.
LOCK: LiteralString = """
    SELECT FROM collections WHERE user_id = %(user_id)s AND id = %(id)s FOR UPDATE
"""
EMPTY: LiteralString = marking("collection_id = %(id)s")
# Its readers go with it.
DELETE: LiteralString = """
    DELETE FROM collections WHERE user_id = %(user_id)s AND id = %(id)s
"""


class PostgresCollections:
    """Stores collections; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, name: CollectionName, new: CollectionChange, request: Request
    ) -> Collection:
        readers = new.get("readers", NO_READERS)
        values = {
            **key(name),
            "display_name": new["display_name"],
            "description": new.get("description", ""),
            "readers": list(readers.users),
            "reader_groups": list(readers.groups),
            "maximum": MAX_COLLECTIONS,
        }
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            first = await REQUESTS.claim(connection, name.user_id, request, target)
            if first and first["resource_id"]:
                name = CollectionName(name.user_id, first["resource_id"])
                return await collection(connection, name)
            readers.require_known(())
            await connection.execute(QUEUE, values)
            if not (await connection.execute(CREATE, values)).rowcount:
                raise TooManyCollections(maximum=MAX_COLLECTIONS)
            await connection.execute(JOIN, values)
            return await collection(connection, name)

    async def get(self, name: CollectionName, reader: Member) -> Collection:
        async with self._database.statement() as connection:
            return await collection(connection, name, reader)

    async def page(
        self, reader: Member, *, after: tuple[bool, str, UUID] | None, limit: int
    ) -> Sequence[Collection]:
        shared, name, id = after or (False, None, None)
        values: dict[str, Any] = {
            **read_by(reader),
            "user_id": reader.user_id,
            "name": name,
            "after": id,
            "limit": limit,
        }
        found: list[Collection] = []
        async with self._database.transaction() as connection:
            if not shared:
                found = await collections(connection, OWN, values)
                values |= {"name": None, "after": None, "limit": limit - len(found)}
            if len(found) < limit:
                found += await collections(connection, SHARED, values)
        return found

    async def change(
        self, name: CollectionName, change: CollectionChange, request: Request
    ) -> Collection:
        readers = change.get("readers")
        values = {
            **key(name),
            "display_name": change.get("display_name"),
            "description": change.get("description"),
            "readers": list(readers.users) if readers else None,
            "reader_groups": list(readers.groups) if readers else None,
        }
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            if await REQUESTS.claim(connection, name.user_id, request, target):
                return await collection(connection, name)
            if readers:
                await self._require_known(connection, name, readers)
            if not (await connection.execute(CHANGE, values)).rowcount:
                raise CollectionNotFound(collection=name)
            if readers:
                await connection.execute(LEAVE, values)
                await connection.execute(JOIN, values)
            return await collection(connection, name)

    async def _require_known(
        self, connection: AsyncConnection, name: CollectionName, readers: Readers
    ) -> None:
        if found := await (await connection.execute(GROUPS, key(name))).fetchone():
            readers.require_known(found[0])

    async def delete(
        self, name: CollectionName, request: Request, *, allow_missing: bool
    ) -> None:
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            if await REQUESTS.claim(connection, name.user_id, request, target):
                return
            if await delete(connection, name):
                announce(connection, SWEEP_TOPIC)
            elif not allow_missing:
                raise CollectionNotFound(collection=name)


async def delete(connection: AsyncConnection, name: CollectionName) -> bool:
    """Delete a collection with what lies in it; False if there is none."""
    if not (await connection.execute(LOCK, key(name))).rowcount:
        return False
    await connection.execute(EMPTY, key(name))
    await connection.execute(DELETE, key(name))
    return True
