"""Rows of messages."""

from collections.abc import Mapping
from typing import Any, LiteralString, TypeVar

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import class_row

from services.chat.conversations.sql import PRESENT, key
from services.chat.messages.model import Earlier, Message, MessageNotFound
from services.chat.names import MessageName

Row = TypeVar("Row", bound=Earlier)

COLUMNS: LiteralString = """
    id, parent_id, role, text, state, model, failure, input_tokens, output_tokens,
    cost_micros, estimated, seq, attempt, holder, continues, rating, rating_reasons,
    rating_comment, attachments, options, beside, create_time, first_token_time,
    end_time
"""
EARLIER: LiteralString = (
    " id, parent_id, role, text, state, model, attachments, options, end_time "
)
OF_CONVERSATION: LiteralString = (
    " WHERE user_id = %(user_id)s AND conversation_id = %(id)s "
)
OF_MESSAGE: LiteralString = OF_CONVERSATION + "AND id = %(message)s "

# Said so, it is no reason to look through all that one process holds.
HELD_BY: LiteralString = " holder IS NOT DISTINCT FROM %(holder)s "

# What is gone is not shown, even if the janitor has not come to it yet.
IS_PRESENT: LiteralString = (
    """EXISTS (
        SELECT FROM conversations c WHERE c.user_id = %(user_id)s AND c.id = %(id)s
        AND """
    + PRESENT
    + ")"
)

GET: LiteralString = (
    "SELECT" + COLUMNS + "FROM messages" + OF_MESSAGE + "AND " + IS_PRESENT
)

# Walks from a message to the first, as far as a model is shown, so its cost is the
# history's, however long the conversation and however many its branches: a parent is
# found as the first ID that is not below it, which only the primary key can tell. A
# plan for all conversations would join by reading the whole conversation at each step.
BRANCH: LiteralString = (
    "WITH RECURSIVE branch AS ("
    "SELECT 1 AS depth, length(text) AS size,"
    + EARLIER
    + "FROM messages"
    + OF_CONVERSATION
    + """
      AND id = %(anchor)s
    UNION ALL
    SELECT depth + 1, size + length(p.text), p.* FROM branch b CROSS JOIN LATERAL (
        SELECT"""
    + EARLIER
    + """
        FROM messages m
        WHERE m.user_id = %(user_id)s AND m.conversation_id = %(id)s
          AND m.id >= b.parent_id ORDER BY m.id LIMIT 1
    ) AS p
    WHERE p.id = b.parent_id AND depth < %(limit)s
      AND size + length(p.text) <= %(characters)s
    ) SELECT """
    + EARLIER
    + "FROM branch ORDER BY depth DESC"
)


def of_message(name: MessageName) -> dict[str, Any]:
    """Name a message's row, its owner first."""
    return {**key(name.conversation), "message": name.id}


async def select(
    connection: AsyncConnection,
    query: LiteralString,
    values: Mapping[str, Any],
    *,
    row: type[Row],
) -> AsyncCursor[Row]:
    """Ask for messages, whole or not; in a pipeline, fetch them after it."""
    cursor = connection.cursor(row_factory=class_row(row))
    await cursor.execute(query, values)
    return cursor


async def one(connection: AsyncConnection, name: MessageName) -> Message:
    """Return a message, or raise `MessageNotFound`."""
    found = await (
        await select(connection, GET, of_message(name), row=Message)
    ).fetchone()
    if found is None:
        raise MessageNotFound(message=name)
    return found
