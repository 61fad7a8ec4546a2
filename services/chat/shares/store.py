"""Links in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from services.chat.conversations.model import ConversationNotFound
from services.chat.names import ShareName
from services.chat.outbox.model import Event
from services.chat.outbox.store import record
from services.chat.requests import REQUESTS
from services.chat.shares.model import (
    MAX_BYTES,
    MAX_MESSAGES,
    MAX_SHARES,
    ConversationEmpty,
    Share,
    SharedMessage,
    ShareNotFound,
    Snapshot,
    TooManyShares,
    Wanted,
    token_hash,
)
from services.kit.postgres import Database
from services.kit.requests.model import Request

COLUMNS: LiteralString = """
    id, conversation_id, title, token, signed_in_only, truncated, create_time,
    expire_time
"""
ALIVE: LiteralString = " AND (expire_time IS NULL OR expire_time > now()) "
ONE: LiteralString = " WHERE user_id = %(user_id)s AND id = %(id)s "

# Keeps the conversation from being purged in this transaction's time, nothing else.
SOURCE: LiteralString = """
    SELECT title, current_message_id FROM conversations
    WHERE user_id = %(user_id)s AND id = %(conversation)s AND delete_time IS NULL
      AND (purge_time IS NULL OR purge_time > now())
    FOR KEY SHARE
"""

# Whoever makes a link waits here for the user's others, so that they count right.
ONE_AT_A_TIME: LiteralString = (
    "SELECT pg_advisory_xact_lock(hashtextextended('shares ' || %(user_id)s, 0))"
)

COUNT: LiteralString = "SELECT count(*) FROM shares WHERE user_id = %(user_id)s" + ALIVE

# The branch is walked by sizes alone: what does not fit is not even read.
CREATE: LiteralString = (
    """
    WITH RECURSIVE branch AS (
        SELECT 1 AS depth, octet_length(text) AS bytes, id, parent_id FROM messages
        WHERE user_id = %(user_id)s AND conversation_id = %(conversation)s
          AND id = coalesce(%(current)s, (
            SELECT id FROM messages
            WHERE user_id = %(user_id)s AND conversation_id = %(conversation)s
            ORDER BY id DESC LIMIT 1))
        UNION ALL
        SELECT b.depth + 1, b.bytes + octet_length(m.text), m.id, m.parent_id
        FROM branch b JOIN messages m
          ON m.user_id = %(user_id)s AND m.conversation_id = %(conversation)s
         AND m.id = b.parent_id
        WHERE b.depth < %(max_messages)s
          AND b.bytes + octet_length(m.text) <= %(max_bytes)s
    ), snapshot AS (
        SELECT jsonb_agg(
            jsonb_build_object('role', m.role, 'text', m.text, 'model', m.model,
                'create_time', m.create_time) ORDER BY b.depth DESC
        ) AS messages
        FROM branch b JOIN messages m
          ON m.user_id = %(user_id)s AND m.conversation_id = %(conversation)s
         AND m.id = b.id
        WHERE m.end_time IS NOT NULL AND m.text <> ''
    )
    INSERT INTO shares (
        user_id, id, conversation_id, title, token, signed_in_only, messages,
        truncated, create_time, expire_time
    )
    SELECT
        %(user_id)s, %(id)s, %(conversation)s, %(title)s, %(token)s,
        %(signed_in_only)s, messages,
        (SELECT parent_id IS NOT NULL FROM branch ORDER BY depth DESC LIMIT 1),
        now(), %(expire_time)s
    FROM snapshot WHERE messages IS NOT NULL
    RETURNING """
    + COLUMNS
)

ADD_HASH: LiteralString = """
    INSERT INTO share_tokens (token_hash, user_id, share_id)
    VALUES (%(token_hash)s, %(user_id)s, %(id)s)
"""

GET: LiteralString = "SELECT" + COLUMNS + "FROM shares" + ONE + ALIVE

# IDs of links begin with the time they were made at, so the newest is the greatest.
PAGE: LiteralString = (
    "SELECT"
    + COLUMNS
    + """
    FROM shares WHERE user_id = %(user_id)s AND id < %(after)s
"""
    + ALIVE
    + "ORDER BY id DESC LIMIT %(limit)s"
)

DELETE: LiteralString = "DELETE FROM shares" + ONE + ALIVE + "RETURNING conversation_id"

# The one query that does not begin with a user: it finds out who that is.
OWNER: LiteralString = """
    SELECT user_id, share_id AS id FROM share_tokens WHERE token_hash = %(token_hash)s
"""

SHOW: LiteralString = (
    """
    SELECT title, signed_in_only, truncated, create_time, expire_time, messages
    FROM shares
"""
    + ONE
    + ALIVE
)

FORGET: LiteralString = """
    DELETE FROM shares WHERE (user_id, id) IN (
        SELECT user_id, id FROM shares WHERE expire_time <= now()
        ORDER BY expire_time LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""

AT_ONCE = 500
LAST_ID = UUID(int=2**128 - 1)


def key(name: ShareName) -> dict[str, object]:
    """Name a link's row, its owner first."""
    return {"user_id": name.user_id, "id": name.id}


class PostgresShares:
    """Stores links; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, name: ShareName, token: str, wanted: Wanted) -> Share:
        conversation = wanted.conversation
        target = {"conversation_id": conversation.id, "resource_id": name.id}
        async with self._database.transaction() as connection:
            first = await REQUESTS.claim(
                connection, name.user_id, wanted.request, target
            )
            if first and first["resource_id"]:
                return await self._get(
                    connection, ShareName(name.user_id, first["resource_id"])
                )
            created = await self._create(connection, name, token, wanted)
            event = Event(
                user_id=name.user_id,
                kind="share_created",
                conversation_id=conversation.id,
                resource_id=name.id,
            )
            await record(connection, event)
            return created

    async def _create(
        self, connection: AsyncConnection, name: ShareName, token: str, wanted: Wanted
    ) -> Share:
        values = {
            **key(name),
            "conversation": wanted.conversation.id,
            "token": token,
            "token_hash": token_hash(token),
            "signed_in_only": wanted.signed_in_only,
            "expire_time": wanted.expire_time,
            "max_messages": MAX_MESSAGES,
            "max_bytes": MAX_BYTES,
        }
        source = await (await connection.execute(SOURCE, values)).fetchone()
        if source is None:
            raise ConversationNotFound(conversation=wanted.conversation)
        values |= {"title": wanted.title or source[0], "current": source[1]}
        await connection.execute(ONE_AT_A_TIME, {"user_id": str(name.user_id)})
        counted = await (await connection.execute(COUNT, values)).fetchone()
        if counted and counted[0] >= MAX_SHARES:
            raise TooManyShares
        cursor = connection.cursor(row_factory=class_row(Share))
        await cursor.execute(CREATE, values)
        if not (created := await cursor.fetchone()):
            raise ConversationEmpty
        await connection.execute(ADD_HASH, values)
        return created

    async def _get(self, connection: AsyncConnection, name: ShareName) -> Share:
        cursor = connection.cursor(row_factory=class_row(Share))
        await cursor.execute(GET, key(name))
        if found := await cursor.fetchone():
            return found
        raise ShareNotFound

    async def page(
        self, user_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[Share]:
        values = {"user_id": user_id, "after": after or LAST_ID, "limit": limit}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Share))
            await cursor.execute(PAGE, values)
            return await cursor.fetchall()

    async def delete(
        self, name: ShareName, request: Request, *, allow_missing: bool
    ) -> None:
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            if await REQUESTS.claim(connection, name.user_id, request, target):
                return
            deleted = await (await connection.execute(DELETE, key(name))).fetchone()
            if deleted:
                event = Event(
                    user_id=name.user_id,
                    kind="share_deleted",
                    conversation_id=deleted[0],
                    resource_id=name.id,
                )
                await record(connection, event)
            elif not allow_missing:
                raise ShareNotFound

    async def show(self, token_hash: bytes) -> Snapshot:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            await cursor.execute(OWNER, {"token_hash": token_hash})
            if not (owner := await cursor.fetchone()):
                raise ShareNotFound
            await cursor.execute(SHOW, owner)
            if not (found := await cursor.fetchone()):
                raise ShareNotFound
        return Snapshot(**{**found, "messages": tuple(map(read, found["messages"]))})

    async def forget(self) -> int:
        """Delete some of the links that have expired; return how many."""
        async with self._database.statement() as connection:
            cursor = await connection.execute(FORGET, {"limit": AT_ONCE})
            return cursor.rowcount


def read(message: dict[str, str]) -> SharedMessage:
    """Read one turn as a snapshot holds it."""
    return SharedMessage(
        role="user" if message["role"] == "user" else "assistant",
        text=message["text"],
        model=message["model"],
        create_time=datetime.fromisoformat(message["create_time"]),
    )
