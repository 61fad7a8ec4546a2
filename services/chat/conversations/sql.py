"""What statements about conversations have in common."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import kwargs_row

from services.chat.conversations.model import (
    Conversation,
    FolderNotFound,
    Listing,
    View,
    folded,
)
from services.chat.conversations.ports import Place
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

SELECT: LiteralString = "SELECT " + COLUMNS + " FROM conversations"


VIEWS: dict[View, LiteralString] = {
    "default": LIVE + " AND NOT archived AND NOT temporary ",
    "archived": LIVE + " AND archived AND NOT temporary ",
    "deleted": " delete_time IS NOT NULL AND NOT temporary AND " + PRESENT,
    "pinned": LIVE + " AND NOT archived AND NOT temporary AND pinned ",
}
IN_FOLDER: LiteralString = " AND folder_id = %(folder_id)s "
TAGGED: LiteralString = " AND %(tag_key)s = ANY (tag_keys) "
AFTER: LiteralString = (
    " AND (pinned, update_time, id) < (%(pinned)s, %(update_time)s, %(after)s) "
)
ORDER: LiteralString = """
    ORDER BY pinned DESC, update_time DESC, id DESC LIMIT %(limit)s
"""

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


def list_query(listing: Listing, after: Place | None) -> LiteralString:
    """Say how one page of a list is found."""
    return (
        SELECT
        + " WHERE user_id = %(user_id)s AND "
        + VIEWS[listing.view]
        + (IN_FOLDER if listing.folder_id else "")
        + (TAGGED if listing.tag else "")
        + (AFTER if after else "")
        + ORDER
    )


def list_values(
    user_id: UUID, listing: Listing, *, after: Place | None, limit: int
) -> dict[str, object]:
    """Return the values for a list's query."""
    pinned, update_time, id = after or (None, None, None)
    return {
        "user_id": user_id,
        "folder_id": listing.folder_id,
        "tag_key": folded(listing.tag or ""),
        "pinned": pinned,
        "update_time": update_time,
        "after": id,
        "limit": limit,
    }
