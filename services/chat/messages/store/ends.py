"""Storing how a reply ended."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from services.chat.messages.model import Begun, Ending, Message
from services.chat.messages.store.rows import HELD_BY, OF_MESSAGE, of_message, one
from services.chat.outbox.model import Event
from services.chat.outbox.store import record
from services.chat.usage.budgets import Budgets
from services.chat.usage.model import Reservation, Used
from services.chat.usage.store import settle

END: LiteralString = (
    """
    UPDATE messages SET
        state = %(state)s, text = %(text)s, seq = %(seq)s, failure = %(failure)s,
        model = %(model)s, first_token_time = %(first_token_time)s, end_time = now(),
        input_tokens = %(input_tokens)s, output_tokens = %(output_tokens)s,
        cost_micros = %(cost)s, estimated = %(estimated)s, beside = %(beside)s,
        holder = NULL, lease_expire_time = NULL, groups = '{}'
"""
    + OF_MESSAGE
    + "AND end_time IS NULL AND"
    + HELD_BY
    + """AND attempt = %(attempt)s
    RETURNING reserved_tokens, reserved_micros, reserved_date, create_time, end_time
"""
)

# What waits for this reply, now that it has ended. What is queued in this very moment
# is found by `UNQUEUE` a second later.
NEXT: LiteralString = """
    UPDATE messages q SET state = 'generating', holder = %(holder)s
    FROM messages said
    WHERE said.user_id = %(user_id)s AND said.conversation_id = %(id)s
      AND said.parent_id = %(message)s
      AND q.user_id = %(user_id)s AND q.conversation_id = %(id)s
      AND q.parent_id = said.id AND q.state = 'queued' AND q.end_time IS NULL
    RETURNING q.user_id, q.conversation_id, q.id
"""


async def end(
    connection: AsyncConnection,
    begun: Begun,
    ending: Ending,
    *,
    holder: UUID,
    budgets: Budgets,
) -> tuple[Message, Sequence[tuple[UUID, UUID, UUID]]]:
    """
    Store how a reply ended, charge it, and say so; or do nothing if it is not ours.

    Return the reply as it is stored, and the names of those that waited for it.
    """
    model = ending.model or begun.reply.model
    used = Used(ending.input_tokens, ending.output_tokens, ending.estimated)
    cost = budgets.cost(model, used, asked=begun.reply.model)
    values: dict[str, Any] = {
        **of_message(begun.name),
        "holder": holder,
        "attempt": ending.attempt,
        "state": ending.state,
        "text": ending.text,
        "seq": ending.seq,
        "model": model,
        "failure": ending.failure,
        "first_token_time": ending.first_token_time,
        "input_tokens": used.input_tokens,
        "output_tokens": used.output_tokens,
        "estimated": used.estimated,
        "cost": cost,
        "beside": ending.beside,
    }
    cursor = connection.cursor(row_factory=dict_row)
    ended = await (await cursor.execute(END, values)).fetchone()
    if ended is None:
        return await one(connection, begun.name), ()
    event = Event(
        user_id=begun.name.conversation.user_id,
        kind="reply_ended",
        conversation_id=begun.name.conversation.id,
        resource_id=begun.name.id,
        data={
            "state": ending.state,
            "model": model,
            "input_tokens": used.input_tokens,
            "output_tokens": used.output_tokens,
            "cost_micros": cost,
        },
    )
    reserved = Reservation(
        ended["reserved_tokens"], ended["reserved_micros"], day_of(ended)
    )
    async with connection.pipeline():
        waiting = await connection.execute(NEXT, values)
        if used.input_tokens or used.output_tokens or reserved.tokens:
            await settle(
                connection,
                begun.name,
                used,
                model=model,
                cost=cost,
                reserved=reserved,
            )
        await record(connection, event)
    return one_of(begun.reply, values, ended), await waiting.fetchall()


def day_of(ended: dict[str, Any]) -> date:
    """Return the day out of whose budget it was; N-1 stored none."""
    return ended["reserved_date"] or datetime.now(UTC).date()


def one_of(reply: Message, values: dict[str, Any], ended: dict[str, Any]) -> Message:
    """Return the reply as it is stored now, without reading it again."""
    return replace(
        reply,
        state=values["state"],
        text=values["text"],
        seq=values["seq"],
        attempt=values["attempt"],
        model=values["model"],
        failure=values["failure"],
        input_tokens=values["input_tokens"],
        output_tokens=values["output_tokens"],
        cost_micros=values["cost"],
        estimated=values["estimated"],
        beside=values["beside"],
        first_token_time=values["first_token_time"],
        end_time=ended["end_time"],
        holder=None,
    )
