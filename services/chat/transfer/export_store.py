"""Conversations and messages as they are exported."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row

from services.chat.conversations.model import ConversationNotFound
from services.chat.conversations.sql import LIVE
from services.chat.names import ConversationName
from services.chat.transfer.model import Stored, Tree, Turn
from services.kit.postgres import Database

PAGE = 100
MESSAGES = 500
PAGE_BYTES = 1024 * 1024  # a page of messages ends early rather than be larger

COLUMNS: LiteralString = """
    id, title, create_time, update_time, tags, pinned, archived, current_message_id,
    coalesce((
        SELECT display_name FROM folders
        WHERE folders.user_id = %(user_id)s AND folders.id = folder_id
    ), '') AS folder
"""

LISTED: LiteralString = (
    "SELECT"
    + COLUMNS
    + "FROM conversations WHERE user_id = %(user_id)s AND id > %(after)s"
    + " AND NOT temporary AND"
    + LIVE
    + "ORDER BY id LIMIT %(limit)s"
)

NAMED: LiteralString = (
    "SELECT"
    + COLUMNS
    + "FROM conversations WHERE user_id = %(user_id)s AND id = ANY (%(ids)s) AND"
    + LIVE
    + "ORDER BY id"
)

TURN: LiteralString = """
    id, parent_id, role, text, state, model, failure, input_tokens, output_tokens,
    cost_micros, estimated, attempt, rating, rating_reasons, rating_comment,
    attachments, beside, create_time, first_token_time, end_time
"""

# How much there is to read of a message; what is beside its text is known as quickly.
SIZE: LiteralString = "octet_length(text) + coalesce(octet_length(beside), 0)"

OF: LiteralString = " WHERE user_id = %(user_id)s AND conversation_id = %(id)s "

# The size is known without reading it.
FOLLOWING: LiteralString = (
    """
    WITH sized AS (
        SELECT id, sum(size) OVER (ORDER BY id) - size AS before
        FROM (SELECT id, """
    + SIZE
    + """ AS size FROM messages"""
    + OF
    + """
          AND id > %(after)s ORDER BY id LIMIT %(limit)s) AS next
    ) SELECT """
    + TURN
    + "FROM messages"
    + OF
    + """
      AND id > %(after)s
      AND id <= (
        SELECT id FROM sized WHERE before <= %(bytes)s ORDER BY id DESC LIMIT 1
      )
    ORDER BY id
"""
)

SOME: LiteralString = (
    "SELECT" + TURN + "FROM messages" + OF + "AND id = ANY (%(ids)s) ORDER BY id"
)

# A parent is found as the walk of `messages.store.rows.BRANCH` finds it.
BRANCH: LiteralString = (
    """
    WITH RECURSIVE branch AS (
        SELECT 1 AS depth, id, parent_id, """
    + SIZE
    + """ AS size FROM messages"""
    + OF
    + """
          AND id = coalesce(
            (SELECT current_message_id FROM conversations
             WHERE user_id = %(user_id)s AND id = %(id)s),
            (SELECT id FROM messages"""
    + OF
    + """ORDER BY id DESC LIMIT 1)
          )
        UNION ALL
        SELECT depth + 1, p.id, p.parent_id, p.size
        FROM branch b CROSS JOIN LATERAL (
            SELECT m.id, m.parent_id, """
    + SIZE
    + """ AS size FROM messages m
            WHERE m.user_id = %(user_id)s AND m.conversation_id = %(id)s
              AND m.id >= b.parent_id ORDER BY m.id LIMIT 1
        ) AS p WHERE p.id = b.parent_id
    ) SELECT id, size FROM branch ORDER BY depth DESC
"""
)


class PostgresExported:
    """Reads a page at a time, each by a statement of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def named(self, names: Sequence[ConversationName]) -> Sequence[Stored]:
        values = {"user_id": names[0].user_id, "ids": [name.id for name in names]}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=kwargs_row(stored))
            await cursor.execute(NAMED, values)
            there = {each.id: each for each in await cursor.fetchall()}
        for name in names:
            if name.id not in there:
                raise ConversationNotFound(conversation=name)
        return [there[id] for id in dict.fromkeys(name.id for name in names)]

    async def listed(self, user_id: UUID, *, after: UUID) -> Sequence[Stored]:
        values = {"user_id": user_id, "after": after, "limit": PAGE}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=kwargs_row(stored))
            await cursor.execute(LISTED, values)
            return await cursor.fetchall()

    async def turns(
        self, name: ConversationName, *, after: UUID
    ) -> tuple[Sequence[Turn], bool]:
        limits = {"after": after, "limit": MESSAGES, "bytes": PAGE_BYTES}
        page = await self._turns(FOLLOWING, name, limits)
        most_bytes = sum(4 * turn.size for turn in page)
        return page, len(page) >= MESSAGES or most_bytes > PAGE_BYTES

    async def some(self, name: ConversationName, ids: Sequence[UUID]) -> Sequence[Turn]:
        return await self._turns(SOME, name, {"ids": list(ids)})

    async def branch(self, name: ConversationName) -> Sequence[tuple[UUID, int]]:
        values = {"user_id": name.user_id, "id": name.id}
        async with self._database.statement() as connection:
            return await (await connection.execute(BRANCH, values)).fetchall()

    async def _turns(
        self, query: LiteralString, name: ConversationName, values: dict[str, Any]
    ) -> Sequence[Turn]:
        values = {"user_id": name.user_id, "id": name.id, **values}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=kwargs_row(turn))
            await cursor.execute(query, values)
            return await cursor.fetchall()


def stored(
    *, id: UUID, current_message_id: UUID | None, tags: list[str], **columns: Any
) -> Stored:
    """Make a conversation of its row."""
    current = str(current_message_id) if current_message_id else None
    return Stored(id, Tree(turns=(), current=current, tags=tuple(tags), **columns))


def turn(
    *,
    id: UUID,
    parent_id: UUID | None,
    rating_reasons: list[str],
    attachments: list[str],
    **columns: Any,
) -> Turn:
    """Make a message of its row; a reply that is being written ends here."""
    if columns["end_time"] is None:
        columns |= {"state": "stopped", "end_time": columns["create_time"]}
    return Turn(
        key=str(id),
        parent=str(parent_id) if parent_id else None,
        rating_reasons=tuple(rating_reasons),
        attachments=tuple(attachments),
        **columns,
    )
