"""API keys in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from services.auth.api_keys.model import MAX_KEYS, USED, ApiKey
from services.kit.pages import Page
from services.kit.postgres import Database

COLUMNS: LiteralString = """
    id, user_id, display_name, secret_hash, scopes, create_time, expire_time,
    last_use_time
"""

# Keys of one user are made one after the other, so that they can be counted. The lock
# makes this wait for a deletion of the user, and a deletion for this.
LOCK: LiteralString = "SELECT FROM users WHERE id = %s FOR NO KEY UPDATE"

COUNT: LiteralString = "SELECT count(*) AS count FROM api_keys WHERE user_id = %s"

RETRIED: LiteralString = f"""
    SELECT {COLUMNS} FROM api_keys WHERE user_id = %s AND request_id = %s
"""

# The first answer may be lost; what nobody has used, nobody misses. Who says nothing of
# the end asks for the same time from now on.
RENEW: LiteralString = f"""
    UPDATE api_keys SET secret_hash = %(secret_hash)s
    WHERE user_id = %(user_id)s AND request_id = %(request_id)s
        AND last_use_time IS NULL AND display_name = %(display_name)s
        AND scopes = %(scopes)s
        AND (expire_time = %(expire_time)s
            OR expire_time - create_time = %(expire_time)s - %(create_time)s)
    RETURNING {COLUMNS}
"""

ADD: LiteralString = f"""
    INSERT INTO api_keys (id, user_id, display_name, secret_hash, scopes, request_id,
        create_time, expire_time)
    VALUES (%(id)s, %(user_id)s, %(display_name)s, %(secret_hash)s, %(scopes)s,
        %(request_id)s, %(create_time)s, %(expire_time)s)
    RETURNING {COLUMNS}
"""

LIST: LiteralString = f"""
    SELECT {COLUMNS} FROM api_keys
    WHERE user_id = %(user_id)s AND (%(time)s::timestamptz IS NULL
        OR (create_time, id) < (%(time)s, %(id)s))
    ORDER BY create_time DESC, id DESC LIMIT %(limit)s
"""

RENAME: LiteralString = f"""
    UPDATE api_keys SET display_name = coalesce(%(display_name)s, display_name)
    WHERE user_id = %(user_id)s AND id = %(id)s
    RETURNING {COLUMNS}
"""

DELETE: LiteralString = """
    DELETE FROM api_keys WHERE user_id = %(user_id)s AND id = %(id)s
"""

KEY: LiteralString = f"SELECT {COLUMNS} FROM api_keys WHERE id = %(id)s"

SET_USED: LiteralString = """
    UPDATE api_keys SET last_use_time = %(now)s
    WHERE id = %(id)s AND (last_use_time IS NULL OR last_use_time <= %(due)s)
"""


class PostgresApiKeys:
    """Stores API keys; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: ApiKey, *, request_id: UUID | None) -> ApiKey | None:
        row = values(key) | {"request_id": request_id}
        async with self._database.transaction() as connection:
            if not (await connection.execute(LOCK, [key.user_id])).rowcount:
                return None
            if made := await one(connection, RETRIED, [key.user_id, request_id]):
                return await one(connection, RENEW, row) or made
            cursor = await connection.execute(COUNT, [key.user_id])
            if (counted := await cursor.fetchone()) and counted[0] >= MAX_KEYS:
                return None
            return await one(connection, ADD, row)

    async def list(self, user_id: UUID, page: Page) -> Sequence[ApiKey]:
        time, id = page.after or (None, None)
        row = {"user_id": user_id, "time": time, "id": id, "limit": page.size + 1}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            found = await (await cursor.execute(LIST, row)).fetchall()
        return [api_key(row) for row in found]

    async def rename(
        self, user_id: UUID, key_id: UUID, display_name: str | None
    ) -> ApiKey | None:
        row = {"user_id": user_id, "id": key_id, "display_name": display_name}
        return await self._key(RENAME, row)

    async def delete(self, user_id: UUID, key_id: UUID) -> bool:
        async with self._database.statement() as connection:
            row = {"user_id": user_id, "id": key_id}
            return bool((await connection.execute(DELETE, row)).rowcount)

    async def key(self, key_id: UUID) -> ApiKey | None:
        return await self._key(KEY, {"id": key_id})

    async def used(self, key_id: UUID, now: datetime) -> None:
        row = {"id": key_id, "now": now, "due": now - USED}
        async with self._database.statement() as connection:
            await connection.execute(SET_USED, row)

    async def _key(self, query: LiteralString, row: dict[str, Any]) -> ApiKey | None:
        async with self._database.statement() as connection:
            return await one(connection, query, row)


async def one(
    connection: AsyncConnection, query: LiteralString, row: Any
) -> ApiKey | None:
    """Return the one key that a statement finds."""
    cursor = connection.cursor(row_factory=dict_row)
    found = await (await cursor.execute(query, row)).fetchone()
    return api_key(found) if found else None


def values(key: ApiKey) -> dict[str, Any]:
    """Return a key as its row."""
    return {
        "id": key.id,
        "user_id": key.user_id,
        "display_name": key.display_name,
        "secret_hash": key.secret_hash,
        "scopes": sorted(key.scopes),
        "create_time": key.create_time,
        "expire_time": key.expire_time,
    }


def api_key(row: dict[str, Any]) -> ApiKey:
    """Read a key off its row."""
    return ApiKey(**(row | {"scopes": frozenset(row["scopes"])}))
