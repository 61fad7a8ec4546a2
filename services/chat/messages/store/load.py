"""Reading what a reply that is taken over, or was queued, is to be written from."""

from typing import LiteralString

from psycopg import AsyncConnection

from services.chat.messages.model import (
    HISTORY,
    HISTORY_CHARACTERS,
    Begun,
    Earlier,
    foreseen,
)
from services.chat.messages.store.rows import (
    BRANCH,
    OF_MESSAGE,
    of_message,
    one,
    select,
)
from services.chat.names import MessageName
from services.chat.usage.budgets import Budgets
from services.chat.usage.model import Reservation

EXTRAS: LiteralString = (
    """
    SELECT attempt - handovers, stop_seq, reserved_tokens, reserved_micros,
        coalesce(reserved_date, now()::date), groups
    FROM messages
"""
    + OF_MESSAGE
)


async def load(
    connection: AsyncConnection, name: MessageName, budgets: Budgets
) -> Begun:
    """Return a reply to be, with what the model is shown."""
    reply = await one(connection, name)
    values = {**of_message(name), "anchor": reply.parent_id, "limit": HISTORY}
    values["characters"] = HISTORY_CHARACTERS
    branch = await select(connection, BRANCH, values, row=Earlier)
    history = await branch.fetchall()
    extras = await (await connection.execute(EXTRAS, values)).fetchone()
    assert extras, "it is there"
    tries, stop_seq, tokens, micros, day, groups = extras
    prefix, beside = "", None
    if reply.continues:
        of = MessageName(name.conversation, reply.continues)
        continued = await one(connection, of)
        prefix, beside = continued.text, continued.beside
    read = foreseen(history, prefix)
    return Begun(
        name=name,
        reply=reply,
        history=history,
        tries=tries,
        prefix=prefix,
        beside=beside,
        stop_seq=stop_seq,
        allowance=budgets.allowance(
            Reservation(tokens, micros, day),
            reply.model,
            input_tokens=read,
        ),
        foreseen=read,
        groups=frozenset(groups),
    )
