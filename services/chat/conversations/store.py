"""Conversations."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.chat.conversations.model import (
    Change,
    Conversation,
    ConversationNotFound,
    Listing,
    MessageNotFound,
    changeable,
    changed,
    folded,
)
from services.chat.conversations.ports import Place
from services.chat.conversations.sql import (
    COLUMNS,
    LIVE,
    PRESENT,
    SELECT,
    hold_folder,
    key,
    list_query,
    list_values,
    select,
)
from services.chat.names import ConversationName, MessageName
from services.chat.outbox.model import Event, Kind
from services.chat.outbox.store import record
from services.chat.requests import REQUESTS
from services.kit.postgres import Database
from services.kit.requests.model import Request

CREATE: LiteralString = (
    """
    INSERT INTO conversations (
        user_id, id, title, titled_by, create_time, update_time, archived, pinned,
        temporary, tags, tag_keys, folder_id, purge_time
    ) VALUES (
        %(user_id)s, %(id)s, %(title)s, %(titled_by)s, now(), now(), %(archived)s,
        %(pinned)s, %(temporary)s, %(tags)s, %(tag_keys)s, %(folder_id)s,
        CASE WHEN %(temporary)s THEN now() + interval '1 hour' END
    ) RETURNING """
    + COLUMNS
)

WHERE: LiteralString = " WHERE user_id = %(user_id)s AND id = %(id)s AND "
GET: LiteralString = SELECT + WHERE + PRESENT
GET_LIVE: LiteralString = SELECT + WHERE + LIVE
LOCK: LiteralString = GET + " FOR UPDATE"
LOCK_LIVE: LiteralString = GET_LIVE + " FOR UPDATE"

UPDATE: LiteralString = (
    """
    UPDATE conversations SET
        title = %(title)s, titled_by = %(titled_by)s, archived = %(archived)s,
        pinned = %(pinned)s, tags = %(tags)s, tag_keys = %(tag_keys)s,
        folder_id = %(folder_id)s, current_message_id = %(current_message_id)s
    WHERE user_id = %(user_id)s AND id = %(id)s RETURNING """
    + COLUMNS
)

MESSAGE: LiteralString = """
    SELECT FROM messages
    WHERE user_id = %(user_id)s AND conversation_id = %(id)s AND id = %(message)s
"""

# Whoever writes a reply looks at where it is to stop once a second.
STOP: LiteralString = """
    UPDATE messages SET stop_seq = coalesce(stop_seq, 9223372036854775807)
    WHERE user_id = %(user_id)s AND conversation_id = %(id)s AND end_time IS NULL
"""

DELETE: LiteralString = (
    """
    UPDATE conversations SET delete_time = now(), purge_time =
        CASE WHEN temporary THEN now() ELSE now() + interval '30 days' END
    WHERE user_id = %(user_id)s AND id = %(id)s RETURNING """
    + COLUMNS
)

UNDELETE: LiteralString = (
    """
    UPDATE conversations SET delete_time = NULL, purge_time = NULL
    WHERE user_id = %(user_id)s AND id = %(id)s RETURNING """
    + COLUMNS
)

PURGE: LiteralString = """
    DELETE FROM conversations WHERE user_id = %(user_id)s AND id = %(id)s
"""

TITLE: LiteralString = (
    "UPDATE conversations SET title = %(title)s, titled_by = 'model'"
    + WHERE
    + LIVE
    + " AND titled_by = 'text' AND NOT temporary"
)


async def lock(connection: AsyncConnection, name: ConversationName) -> Conversation:
    """Let nobody else change a live conversation in this transaction's time."""
    if found := await select(connection, LOCK_LIVE, key(name)):
        return found[0]
    raise ConversationNotFound(conversation=name)


async def exists(connection: AsyncConnection, name: ConversationName) -> bool:
    """Tell whether a live conversation is there."""
    return bool(await select(connection, GET_LIVE, key(name)))


NEW: Change = {
    "title": "",
    "archived": False,
    "pinned": False,
    "tags": (),
    "folder_id": None,
    "current_message_id": None,
}


def row(values: Change) -> dict[str, object]:
    """Return the columns for what a user may change, with those that follow from it."""
    tags = values["tags"]
    return {**values, "tags": list(tags), "tag_keys": [folded(tag) for tag in tags]}


async def note(
    connection: AsyncConnection, kind: Kind, conversation: ConversationName
) -> None:
    """Record what happened to a conversation."""
    event = Event(
        user_id=conversation.user_id, kind=kind, conversation_id=conversation.id
    )
    await record(connection, event)


class PostgresConversations:
    """Stores conversations; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, name: ConversationName, new: Change, *, temporary: bool, request: Request
    ) -> Conversation:
        values = row({**NEW, **new}) | key(name)
        values |= {
            "temporary": temporary,
            "titled_by": "user" if new.get("title") else "text",
        }
        async with self._database.transaction() as connection:
            target = {"conversation_id": name.id}
            first = await REQUESTS.claim(connection, name.user_id, request, target)
            if first and first["conversation_id"]:
                name = ConversationName(name.user_id, first["conversation_id"])
                return await self._one(connection, GET, name)
            if folder_id := new.get("folder_id"):
                await hold_folder(connection, name.user_id, folder_id)
            (created,) = await select(connection, CREATE, values)
            await note(connection, "conversation_created", name)
            return created

    async def get(self, name: ConversationName) -> Conversation:
        async with self._database.statement() as connection:
            return await self._one(connection, GET, name)

    async def page(
        self, user_id: UUID, listing: Listing, *, after: Place | None, limit: int
    ) -> Sequence[Conversation]:
        values = list_values(user_id, listing, after=after, limit=limit)
        async with self._database.statement() as connection:
            return await select(connection, list_query(listing, after), values)

    async def update(
        self, name: ConversationName, change: Change, request: Request
    ) -> Conversation:
        async with self._database.transaction() as connection:
            target = {"conversation_id": name.id}
            if await REQUESTS.claim(connection, name.user_id, request, target):
                return await self._one(connection, GET, name)
            if folder_id := change.get("folder_id"):
                await hold_folder(connection, name.user_id, folder_id)
            found = await lock(connection, name)
            if message_id := change.get("current_message_id"):
                await self._require_message(connection, MessageName(name, message_id))
            wanted = changed(found, change)
            if wanted == found:
                return found
            values = row(changeable(wanted)) | key(name)
            values["titled_by"] = wanted.titled_by
            (stored,) = await select(connection, UPDATE, values)
            await note(connection, "conversation_updated", name)
            return stored

    async def delete(
        self, name: ConversationName, request: Request, *, allow_missing: bool
    ) -> Conversation | None:
        async with self._database.transaction() as connection:
            target = {"conversation_id": name.id}
            if await REQUESTS.claim(connection, name.user_id, request, target):
                return await self._find(connection, GET, name)
            found = await self._find(connection, LOCK_LIVE, name)
            if found is None and allow_missing:
                return await self._find(connection, GET, name)
            if found is None:
                raise ConversationNotFound(conversation=name)
            stopped = (await connection.execute(STOP, key(name))).rowcount
            if found.temporary and not stopped:
                await connection.execute(PURGE, key(name))
                await note(connection, "conversation_purged", name)
                return None
            # A temporary one whose replies have yet to stop is gone for everybody from
            # now on; the janitor takes it away when what they used is settled.
            (deleted,) = await select(connection, DELETE, key(name))
            await note(connection, "conversation_deleted", name)
            return None if found.temporary else deleted

    async def undelete(self, name: ConversationName, request: Request) -> Conversation:
        async with self._database.transaction() as connection:
            target = {"conversation_id": name.id}
            if await REQUESTS.claim(connection, name.user_id, request, target):
                return await self._one(connection, GET, name)
            found = await self._one(connection, LOCK, name)
            if not found.delete_time:
                return found
            (undeleted,) = await select(connection, UNDELETE, key(name))
            await note(connection, "conversation_undeleted", name)
            return undeleted

    async def wants_title(self, name: ConversationName) -> bool:
        async with self._database.statement() as connection:
            found = await self._find(connection, GET_LIVE, name)
        return bool(found and found.titled_by == "text" and not found.temporary)

    async def give_title(self, name: ConversationName, title: str) -> bool:
        async with self._database.transaction() as connection:
            values = {**key(name), "title": title}
            if not (await connection.execute(TITLE, values)).rowcount:
                return False
            await note(connection, "conversation_updated", name)
            return True

    async def _require_message(
        self, connection: AsyncConnection, message: MessageName
    ) -> None:
        values = {**key(message.conversation), "message": message.id}
        if not (await connection.execute(MESSAGE, values)).rowcount:
            raise MessageNotFound(message=message)

    async def _find(
        self, connection: AsyncConnection, query: LiteralString, name: ConversationName
    ) -> Conversation | None:
        found = await select(connection, query, key(name))
        return found[0] if found else None

    async def _one(
        self, connection: AsyncConnection, query: LiteralString, name: ConversationName
    ) -> Conversation:
        if found := await self._find(connection, query, name):
            return found
        raise ConversationNotFound(conversation=name)
