"""Messages, one method a transaction."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import kwargs_row

from services.chat.conversations.model import ConversationNotFound
from services.chat.conversations.sql import key
from services.chat.messages.asked import Asked
from services.chat.messages.model import Message, Rating, Stored
from services.chat.messages.store.begin import begin
from services.chat.messages.store.rows import (
    COLUMNS,
    IS_PRESENT,
    OF_CONVERSATION,
    OF_MESSAGE,
    of_message,
    one,
)
from services.chat.names import ConversationName, MessageName
from services.chat.outbox.model import Event
from services.chat.outbox.store import record
from services.chat.requests import REQUESTS
from services.chat.usage.budgets import Budgets
from services.chat.usage.model import Reservation, Used
from services.chat.usage.store import settle
from services.kit.postgres import Database
from services.kit.requests.model import Request

PAGE_CHARACTERS = 262_144  # of UTF-8, at most 1 MiB

# Ends early rather than grow too large; the row after it comes without its text.
PAGE: LiteralString = (
    "SELECT"
    + COLUMNS.replace(
        "text,", "CASE WHEN fits THEN text ELSE '' END AS text,", 1
    ).replace("beside,", "CASE WHEN fits THEN beside END AS beside,")
    + """, fits FROM (
        SELECT *, lag(fits, 1, true) OVER (ORDER BY id) AS before FROM (
            SELECT *, row_number() OVER (ORDER BY id) = 1
                OR sum(length(text) + coalesce(octet_length(beside), 0))
                    OVER (ORDER BY id) <= %(characters)s AS fits
            FROM messages"""
    + OF_CONVERSATION
    + """AND id > %(after)s ORDER BY id LIMIT %(limit)s
        ) AS sized
    ) AS page WHERE before ORDER BY id"""
)

PRESENT: LiteralString = "SELECT " + IS_PRESENT

RATE: LiteralString = (
    """
    UPDATE messages SET
        rating = %(score)s, rating_reasons = %(reasons)s, rating_comment = %(comment)s
"""
    + OF_MESSAGE
)

# A queued reply ends here and now, because nobody writes it.
STOP: LiteralString = (
    """
    UPDATE messages SET
        stop_seq = coalesce(stop_seq, %(seq)s),
        state = CASE state WHEN 'queued' THEN 'stopped' ELSE state END,
        seq = CASE state WHEN 'queued' THEN 2 ELSE seq END,
        end_time = CASE state WHEN 'queued' THEN now() END,
        groups = CASE state WHEN 'queued' THEN '{}' ELSE groups END
"""
    + OF_MESSAGE
    + """AND end_time IS NULL
    RETURNING state, reserved_tokens, reserved_micros, reserved_date"""
)

FIRST_ID = UUID(int=0)


def sized(*, fits: bool, **columns: Any) -> tuple[bool, Message]:
    """Read a row of `PAGE`."""
    return fits, Message(**columns)


class PostgresMessages:
    """Stores messages for one replica."""

    def __init__(self, database: Database, *, holder: UUID, budgets: Budgets) -> None:
        self._database = database
        self._holder = holder
        self._budgets = budgets

    async def begin(self, asked: Asked) -> Stored:
        async with self._database.transaction() as connection:
            return await begin(
                connection, asked, holder=self._holder, budgets=self._budgets
            )

    async def get(self, name: MessageName) -> Message:
        async with self._database.statement() as connection:
            return await one(connection, name)

    async def page(
        self, of: ConversationName, *, after: UUID | None, limit: int
    ) -> tuple[Sequence[Message], bool]:
        values = {
            **key(of),
            "after": after or FIRST_ID,
            "limit": limit + 1,
            "characters": PAGE_CHARACTERS,
        }
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=kwargs_row(sized))
            async with connection.pipeline():
                present = await connection.execute(PRESENT, values)
                await cursor.execute(PAGE, values)
            if await present.fetchone() != (True,):
                raise ConversationNotFound(conversation=of)
            found = await cursor.fetchall()
        page = [message for fits, message in found if fits][:limit]
        return page, len(found) > len(page)

    async def rate(
        self, name: MessageName, rating: Rating | None, request: Request
    ) -> Message:
        user_id = name.conversation.user_id
        target = {"conversation_id": name.conversation.id, "message_id": name.id}
        values = {
            **of_message(name),
            "score": rating.score if rating else None,
            "reasons": list(rating.reasons) if rating else [],
            "comment": rating.comment if rating else "",
        }
        async with self._database.transaction() as connection:
            first = await REQUESTS.claim(connection, user_id, request, target)
            stored = await one(connection, name)
            stored.require_reply(name)
            if first:
                return stored
            await connection.execute(RATE, values)
            event = Event(
                user_id=user_id,
                kind="message_rated",
                conversation_id=name.conversation.id,
                resource_id=name.id,
            )
            await record(connection, event)
            return await one(connection, name)

    async def request_stop(
        self, name: MessageName, seq: int, request: Request
    ) -> Message:
        target = {"conversation_id": name.conversation.id, "message_id": name.id}
        async with self._database.transaction() as connection:
            user_id = name.conversation.user_id
            if not await REQUESTS.claim(connection, user_id, request, target):
                (await one(connection, name)).require_reply(name)
                stop = {**of_message(name), "seq": seq}
                stopped = await (await connection.execute(STOP, stop)).fetchone()
                if stopped and stopped[0] == "stopped":
                    await self._release(connection, name, Reservation(*stopped[1:]))
            return await one(connection, name)

    async def _release(
        self, connection: AsyncConnection, name: MessageName, reserved: Reservation
    ) -> None:
        """Give back what was set aside for a reply that nobody writes; say so."""
        if reserved.tokens:
            nothing = Used(0, 0)
            await settle(connection, name, nothing, model="", cost=0, reserved=reserved)
        event = Event(
            user_id=name.conversation.user_id,
            kind="reply_ended",
            conversation_id=name.conversation.id,
            resource_id=name.id,
            data={"state": "stopped"},
        )
        await record(connection, event)
