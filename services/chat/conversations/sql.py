"""What statements about conversations have in common."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import kwargs_row

from services.chat.conversations.model import Conversation, FolderNotFound
from services.chat.names import ConversationName, FolderName

COLUMNS: LiteralString = """
    id, title, titled_by, create_time, update_time, archived, pinned, temporary, tags,
    folder_id, current_message_id, delete_time, purge_time
"""

# A conversation is gone at its time, not when the janitor comes to it.
PRESENT: LiteralString = " (purge_time IS NULL OR purge_time > now()) "

# Neither deleted nor gone: what can be added to, and what is not shown as deleted.
LIVE: LiteralString = " delete_time IS NULL AND" + PRESENT

# When a conversation to which a message is added now will be gone for good.
PURGE_TIME_AFTER_USE: LiteralString = (
    " CASE WHEN temporary THEN now() + interval '1 hour' END "
)

FOLDER: LiteralString = """
    SELECT FROM folders WHERE user_id = %(user_id)s AND id = %(folder_id)s FOR KEY SHARE
"""


def key(name: ConversationName) -> dict[str, object]:
    """Name a conversation's row, its owner first."""
    return {"user_id": name.user_id, "id": name.id}


def stored(*, tags: list[str], **columns: Any) -> Conversation:
    """Make a conversation of its row."""
    return Conversation(tags=tuple(tags), **columns)


async def select(
    connection: AsyncConnection, query: LiteralString, values: dict[str, object]
) -> list[Conversation]:
    """Return the conversations that a statement finds."""
    cursor = connection.cursor(row_factory=kwargs_row(stored))
    await cursor.execute(query, values)
    return await cursor.fetchall()


async def hold_folder(
    connection: AsyncConnection, user_id: UUID, folder_id: UUID
) -> None:
    """
    Keep a folder from being deleted in this transaction's time.

    Before a conversation is locked: who deletes a folder locks them in this order.
    """
    values = {"user_id": user_id, "folder_id": folder_id}
    if not (await connection.execute(FOLDER, values)).rowcount:
        raise FolderNotFound(folder=FolderName(user_id, folder_id))
