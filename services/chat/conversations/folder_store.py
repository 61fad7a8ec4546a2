"""Folders."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.chat.conversations.model import (
    MAX_FOLDERS,
    Folder,
    FolderNotFound,
    TooManyFolders,
)
from services.chat.names import FolderName
from services.chat.outbox.model import Event
from services.chat.outbox.store import record
from services.chat.requests import REQUESTS
from services.kit.postgres import Database
from services.kit.requests.model import Request

COLUMNS: LiteralString = " id, display_name, create_time "
WHERE: LiteralString = " WHERE user_id = %(user_id)s AND id = %(id)s "

# One folder of a user at a time, so that two at once are not one too many.
QUEUE: LiteralString = """
    SELECT pg_advisory_xact_lock(hashtextextended('folders/' || %(user_id)s::text, 0))
"""

CREATE: LiteralString = (
    """
    INSERT INTO folders (user_id, id, display_name, create_time)
    SELECT %(user_id)s, %(id)s, %(display_name)s, now()
    WHERE (SELECT count(*) FROM folders WHERE user_id = %(user_id)s) < %(maximum)s
    RETURNING """
    + COLUMNS
)

GET: LiteralString = "SELECT" + COLUMNS + "FROM folders" + WHERE

# By their names without regard to case, in the same order on every database.
PAGE: LiteralString = (
    "SELECT"
    + COLUMNS
    + """
    FROM folders WHERE user_id = %(user_id)s
      AND (%(after)s::uuid IS NULL OR
        (lower(display_name) COLLATE "C", id) > (lower(%(name)s), %(after)s::uuid))
    ORDER BY lower(display_name) COLLATE "C", id LIMIT %(limit)s
"""
)

RENAME: LiteralString = (
    "UPDATE folders SET display_name = %(display_name)s" + WHERE + "RETURNING" + COLUMNS
)

# The foreign key takes it from its conversations.
DELETE: LiteralString = "DELETE FROM folders" + WHERE


def key(name: FolderName) -> dict[str, object]:
    """Name a folder's row, its owner first."""
    return {"user_id": name.user_id, "id": name.id}


async def note(connection: AsyncConnection, folder: FolderName) -> None:
    """Record that a folder changed."""
    event = Event(user_id=folder.user_id, kind="folder_changed", resource_id=folder.id)
    await record(connection, event)


class PostgresFolders:
    """Stores folders; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, name: FolderName, display_name: str, request: Request
    ) -> Folder:
        values = {**key(name), "display_name": display_name, "maximum": MAX_FOLDERS}
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            first = await REQUESTS.claim(connection, name.user_id, request, target)
            if first and first["resource_id"]:
                name = FolderName(name.user_id, first["resource_id"])
                return await self._one(connection, name)
            await connection.execute(QUEUE, values)
            created = await self._select(connection, CREATE, values)
            if not created:
                raise TooManyFolders(maximum=MAX_FOLDERS)
            await note(connection, name)
            return created[0]

    async def page(
        self, user_id: UUID, *, after: tuple[str, UUID] | None, limit: int
    ) -> Sequence[Folder]:
        name, id = after or (None, None)
        values: dict[str, object] = {
            "user_id": user_id,
            "name": name,
            "after": id,
            "limit": limit,
        }
        async with self._database.statement() as connection:
            return await self._select(connection, PAGE, values)

    async def rename(
        self, name: FolderName, display_name: str, request: Request
    ) -> Folder:
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            if await REQUESTS.claim(connection, name.user_id, request, target):
                return await self._one(connection, name)
            values = {**key(name), "display_name": display_name}
            renamed = await self._select(connection, RENAME, values)
            if not renamed:
                raise FolderNotFound(folder=name)
            await note(connection, name)
            return renamed[0]

    async def delete(
        self, name: FolderName, request: Request, *, allow_missing: bool
    ) -> None:
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            if await REQUESTS.claim(connection, name.user_id, request, target):
                return
            if (await connection.execute(DELETE, key(name))).rowcount:
                await note(connection, name)
            elif not allow_missing:
                raise FolderNotFound(folder=name)

    async def _one(self, connection: AsyncConnection, name: FolderName) -> Folder:
        if found := await self._select(connection, GET, key(name)):
            return found[0]
        raise FolderNotFound(folder=name)

    async def _select(
        self,
        connection: AsyncConnection,
        query: LiteralString,
        values: dict[str, object],
    ) -> list[Folder]:
        cursor = connection.cursor(row_factory=class_row(Folder))
        await cursor.execute(query, values)
        return await cursor.fetchall()
