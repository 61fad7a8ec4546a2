"""Conversations."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.chat.conversations.model import Conversation, ConversationNotFound
from services.chat.names import ConversationName
from services.chat.requests.model import Request
from services.chat.requests.store import Target, claim
from services.kit.postgres import Database

CREATE: LiteralString = """
    INSERT INTO conversations (user_id, id, title, create_time, update_time)
    VALUES (%(user_id)s, %(id)s, %(title)s, now(), now())
"""

GET: LiteralString = """
    SELECT id, title, create_time, update_time FROM conversations
    WHERE user_id = %(user_id)s AND id = %(id)s
"""

PAGE: LiteralString = """
    SELECT id, title, create_time, update_time FROM conversations
    WHERE user_id = %(user_id)s
      AND (update_time, id) < (%(time)s, %(after)s)
    ORDER BY update_time DESC, id DESC LIMIT %(limit)s
"""

FIRST_PAGE: LiteralString = """
    SELECT id, title, create_time, update_time FROM conversations
    WHERE user_id = %(user_id)s
    ORDER BY update_time DESC, id DESC LIMIT %(limit)s
"""

LOCK: LiteralString = """
    SELECT FROM conversations WHERE user_id = %(user_id)s AND id = %(id)s FOR UPDATE
"""

DELETE: LiteralString = """
    DELETE FROM conversations WHERE user_id = %(user_id)s AND id = %(id)s
"""


def key(name: ConversationName) -> dict[str, object]:
    """Name a conversation's row, its owner first."""
    return {"user_id": name.user_id, "id": name.id}


async def lock(connection: AsyncConnection, name: ConversationName) -> None:
    """Let nobody else change a conversation in this transaction's time."""
    if not (await connection.execute(LOCK, key(name))).rowcount:
        raise ConversationNotFound(conversation=name)


async def exists(connection: AsyncConnection, name: ConversationName) -> bool:
    """Tell whether a conversation is there."""
    return bool((await connection.execute(GET, key(name))).rowcount)


class PostgresConversations:
    """Stores conversations; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, name: ConversationName, title: str, request: Request
    ) -> Conversation:
        async with self._database.transaction() as connection:
            target = Target(conversation=name.id)
            first = await claim(connection, name.user_id, request, target)
            if first and first.conversation:
                name = ConversationName(name.user_id, first.conversation)
            else:
                await connection.execute(CREATE, {**key(name), "title": title})
            return await self._get(connection, name)

    async def get(self, name: ConversationName) -> Conversation:
        async with self._database.statement() as connection:
            return await self._get(connection, name)

    async def page(
        self, user_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Conversation]:
        time, id = after or (None, None)
        values = {"user_id": user_id, "time": time, "after": id, "limit": limit}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Conversation))
            await cursor.execute(PAGE if after else FIRST_PAGE, values)
            return await cursor.fetchall()

    async def delete(self, name: ConversationName, *, allow_missing: bool) -> None:
        async with self._database.transaction() as connection:
            if allow_missing and not await exists(connection, name):
                return
            await lock(connection, name)
            await connection.execute(DELETE, key(name))

    async def _get(
        self, connection: AsyncConnection, name: ConversationName
    ) -> Conversation:
        cursor = connection.cursor(row_factory=class_row(Conversation))
        await cursor.execute(GET, key(name))
        if found := await cursor.fetchone():
            return found
        raise ConversationNotFound(conversation=name)
