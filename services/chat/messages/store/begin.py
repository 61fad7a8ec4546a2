"""Storing what a user asks, and the replies to be."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from uuid_utils.compat import uuid7

from services.chat.conversations.model import ConversationNotFound
from services.chat.conversations.sql import LIVE, PURGE_TIME_AFTER_USE, key
from services.chat.messages.asked import Asked, Place
from services.chat.messages.model import (
    HISTORY,
    HISTORY_CHARACTERS,
    Begun,
    Earlier,
    Message,
    MessageNotFound,
    Stored,
    foreseen,
)
from services.chat.messages.store.rows import (
    BRANCH,
    COLUMNS,
    GET,
    OF_CONVERSATION,
    one,
    select,
)
from services.chat.names import ConversationName, MessageName
from services.chat.outbox.model import Event
from services.chat.outbox.store import record
from services.chat.requests import REQUESTS
from services.chat.usage.budgets import Budgets
from services.chat.usage.model import Reservation
from services.chat.usage.store import reserve

OUTPUT_TOKENS = 1_000  # set aside at first; more as the reply goes on

# Lets nobody else add to the conversation in this transaction's time.
LOCK: LiteralString = (
    """
    SELECT FROM conversations WHERE user_id = %(user_id)s AND id = %(id)s AND """
    + LIVE
    + "FOR UPDATE"
)

# In the same round trip as LOCK, before it is known which message is the current one.
CURRENT: LiteralString = """
    coalesce(
        %(anchor)s::uuid,
        (SELECT current_message_id FROM conversations
         WHERE user_id = %(user_id)s AND id = %(id)s),
        (SELECT id FROM messages
         WHERE user_id = %(user_id)s AND conversation_id = %(id)s
         ORDER BY id DESC LIMIT 1)
    )
"""

USED: LiteralString = (
    """
    UPDATE conversations SET
        update_time = now(), current_message_id = %(current)s,
        title = CASE title WHEN '' THEN %(title)s ELSE title END,
        purge_time ="""
    + PURGE_TIME_AFTER_USE
    + "WHERE user_id = %(user_id)s AND id = %(id)s"
)

SAY: LiteralString = (
    """
    INSERT INTO messages (
        user_id, conversation_id, id, parent_id, role, text, state, model, seq,
        attachments, create_time, end_time
    ) VALUES (
        %(user_id)s, %(id)s, %(said)s, %(parent)s, 'user', %(text)s, 'completed',
        '', 0, %(attachments)s, now(), now()
    ) RETURNING """
    + COLUMNS
)

REPLY: LiteralString = (
    """
    INSERT INTO messages (
        user_id, conversation_id, id, parent_id, role, text, state, model, seq,
        create_time, holder, continues, reserved_tokens, reserved_micros,
        reserved_date, options, groups
    ) VALUES (
        %(user_id)s, %(id)s, %(reply)s, %(parent)s, 'assistant', '', %(state)s,
        %(model)s, 1, now(), %(holder)s, %(continues)s, %(reserved_tokens)s,
        %(reserved_micros)s, %(reserved_date)s, %(options)s,
        %(groups)s
    ) RETURNING """
    + COLUMNS
)

ANCHORED = BRANCH.replace("%(anchor)s", CURRENT)


async def begin(
    connection: AsyncConnection, asked: Asked, *, holder: UUID, budgets: Budgets
) -> Stored:
    """Store what is asked, in the transaction of the connection."""
    models = asked.what.models or ("",)
    said = uuid7() if asked.what.text is not None else None  # it comes first in order
    ids = [uuid7() for _ in models]
    values: dict[str, Any] = {
        **key(asked.to),
        "anchor": asked.what.anchor,
        "limit": HISTORY,
        "characters": HISTORY_CHARACTERS,
        "said": said,
        "text": asked.what.text,
        "title": asked.title,
        "current": ids[0],
        "holder": holder,
        "groups": list(asked.groups),
    }
    target = {"conversation_id": asked.to.id, "message_id": ids[0]}
    claim = REQUESTS.values(asked.to.user_id, asked.request, target)
    # In one round trip: what they find is looked at below.
    async with connection.pipeline():
        claimed = await connection.execute(REQUESTS.claim_statement, claim)
        locked = await connection.execute(LOCK, values)
        branch = await select(connection, ANCHORED, values, row=Earlier)
    if not claimed.rowcount:
        await connection.rollback()
        return await begun_before(connection, asked)
    if not locked.rowcount:
        raise ConversationNotFound(conversation=asked.to)
    place = found(asked, await branch.fetchall())
    replies = [
        {
            **values,
            "reply": id,
            "model": model or place.model,
            "attachments": list(place.attachments),
            "options": place.options,
        }
        for id, model in zip(ids, models, strict=True)
    ]
    for reply in replies:
        await set_aside(connection, asked, place, reply, budgets)
    return await store(connection, asked, place, replies)


def found(asked: Asked, branch: Sequence[Earlier]) -> Place:
    """Find where it goes, or raise `MessageNotFound`."""
    if asked.what.anchor and not branch:
        raise MessageNotFound(message=MessageName(asked.to, asked.what.anchor))
    return asked.what.place(branch, asked.to)


async def set_aside(
    connection: AsyncConnection,
    asked: Asked,
    place: Place,
    reply: dict[str, Any],
    budgets: Budgets,
) -> None:
    """Take a reply's part of the budget."""
    reserved = Reservation(0, 0, datetime.now(UTC).date())
    reply["input_tokens"] = 0
    if not budgets.limits.unlimited:
        last = place.continues.text if place.continues else asked.what.text
        reply["input_tokens"] = foreseen(place.history, last or "")
        want = budgets.want(
            reply["model"],
            input_tokens=reply["input_tokens"],
            output_tokens=OUTPUT_TOKENS,
        )
        reserved = await reserve(
            connection,
            asked.to.user_id,
            want,
            limits=budgets.limits,
            now=datetime.now(UTC),
        )
    reply |= {
        "allowance": budgets.allowance(
            reserved, reply["model"], input_tokens=reply["input_tokens"]
        ),
        "reserved_tokens": reserved.tokens,
        "reserved_micros": reserved.micros,
        "reserved_date": reserved.date,
    }


async def store(
    connection: AsyncConnection,
    asked: Asked,
    place: Place,
    replies: Sequence[dict[str, Any]],
) -> Stored:
    """Write everything, in one round trip."""
    said_id = replies[0]["said"] or place.parent_id
    values = {**replies[0], "parent": place.parent_id, "message": said_id}
    names = [str(reply["reply"]) for reply in replies]
    async with connection.pipeline():
        await connection.execute(USED, values)
        statement = SAY if values["said"] else GET
        said = await select(connection, statement, values, row=Message)
        stored = [
            await select(
                connection,
                REPLY,
                {
                    **reply,
                    "parent": said_id,
                    "state": "queued" if place.after else "generating",
                    "holder": None if place.after else reply["holder"],
                    "continues": place.continues.id if place.continues else None,
                },
                row=Message,
            )
            for reply in replies
        ]
        event = Event(
            user_id=asked.to.user_id,
            kind="message_created",
            conversation_id=asked.to.id,
            resource_id=said_id,
            data={"replies": names},
        )
        await record(connection, event)
    turn = only(await said.fetchall())
    history = [*place.history, turn] if values["said"] else place.history
    prefix, beside = "", None
    if place.continues:
        continued = await one(connection, MessageName(asked.to, place.continues.id))
        prefix, beside = continued.text, continued.beside
    return Stored(
        said=turn,
        replies=[
            Begun(
                name=MessageName(asked.to, reply["reply"]),
                reply=only(await row.fetchall()),
                history=history,
                prefix=prefix,
                beside=beside,
                allowance=reply["allowance"],
                foreseen=reply["input_tokens"],
                groups=asked.groups,
            )
            for reply, row in zip(replies, stored, strict=True)
        ],
        retried=False,
    )


def only(rows: Sequence[Message]) -> Message:
    """Return the one row that was written."""
    (row,) = rows
    return row


async def begun_before(connection: AsyncConnection, asked: Asked) -> Stored:
    """Return what the first try of a request stored, as it is now."""
    first = await REQUESTS.claimed_before(connection, asked.to.user_id, asked.request)
    assert first["message_id"], "the digest tells the kinds of requests apart"
    reply = await one(connection, MessageName(asked.to, first["message_id"]))
    assert reply.parent_id, "a reply follows what was said"
    said = await one(connection, MessageName(asked.to, reply.parent_id))
    siblings = await siblings_of(connection, asked.to, reply, len(asked.what.models))
    return Stored(
        said=said,
        replies=[
            Begun(name=MessageName(asked.to, each.id), reply=each, history=())
            for each in (reply, *siblings)
        ],
        retried=True,
    )


SIBLINGS: LiteralString = (
    "SELECT"
    + COLUMNS
    + "FROM messages"
    + OF_CONVERSATION
    + """AND parent_id = %(parent)s AND id > %(reply)s AND create_time = %(time)s
    ORDER BY id LIMIT %(limit)s"""
)


async def siblings_of(
    connection: AsyncConnection, of: ConversationName, reply: Message, models: int
) -> Sequence[Message]:
    """Return the replies that were begun in the same transaction as another."""
    if models < 2:
        return ()
    values = {
        **key(of),
        "parent": reply.parent_id,
        "reply": reply.id,
        "time": reply.create_time,
        "limit": models - 1,
    }
    return await (await select(connection, SIBLINGS, values, row=Message)).fetchall()
