"""Erasures in Postgres."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from services.chat.erasure.model import Asked, Due
from services.chat.erasure.sql import (
    CONVERSATIONS,
    END_IMPORTS,
    LEFT,
    MARK_ALL,
    MARK_LATE,
    MESSAGES,
    READY,
    SHARES,
    STOP,
    TABLES,
)
from services.chat.outbox.model import Event
from services.chat.outbox.store import record
from services.kit.erasing import DEADLINE, Progress
from services.kit.ids import boundary
from services.kit.postgres import Database

LIMIT = 500  # rows of one table at a time
CONVERSATIONS_AT_ONCE = 50

ASK: LiteralString = """
    INSERT INTO erasures AS e (user_id, until_time, deadline, look_time)
    VALUES (%(user_id)s, now() + %(going_on)s, now() + %(deadline)s, now())
    ON CONFLICT (user_id) DO UPDATE SET
        until_time = greatest(e.until_time, excluded.until_time), look_time = now()
    RETURNING deadline, now() AS until
"""

# A user with very many conversations takes longer than other statements may.
PATIENCE: LiteralString = "SET LOCAL statement_timeout = '15s'"

DUE: LiteralString = """
    SELECT user_id, deadline < now() AS late FROM erasures
    WHERE look_time <= now() ORDER BY look_time LIMIT %(limit)s
"""

# Nothing more can come when no transaction is open that began in time.
TAKE: LiteralString = """
    SELECT
        least(until_time, now()) AS until,
        until_time < now() AND NOT EXISTS (
            SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND usename = current_user
              AND xact_start <= until_time
        ) AS over
    FROM erasures WHERE user_id = %(user_id)s FOR UPDATE SKIP LOCKED
"""

# Soon, if something has yet to end; while somebody may still write, now and then.
WAIT: LiteralString = """
    UPDATE erasures SET look_time = CASE
        WHEN %(waiting)s OR until_time <= now() THEN now() + interval '1 second'
        ELSE least(until_time, now() + interval '1 minute')
    END WHERE user_id = %(user_id)s
"""

DONE: LiteralString = "DELETE FROM erasures WHERE user_id = %(user_id)s"


class PostgresErasures:
    """Stores what is to be erased, and erases it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, user_id: UUID, *, going_on: timedelta) -> Asked:
        values: dict[str, Any] = {
            "user_id": user_id,
            "going_on": going_on,
            "deadline": DEADLINE,
        }
        async with self._database.transaction() as connection:
            await connection.execute(PATIENCE)
            cursor = connection.cursor(row_factory=dict_row)
            asked = await (await cursor.execute(ASK, values)).fetchone()
            assert asked, "it inserts or updates"
            values |= asked | {"boundary": boundary(asked["until"])}
            await connection.execute(END_IMPORTS, values)
            await connection.execute(MARK_ALL, values)
            stopped = await (await connection.execute(STOP, values)).fetchall()
            await connection.execute(SHARES, values)
        holders = {holder for (holder,) in stopped if holder}
        return Asked(asked["deadline"], tuple(holders))

    async def due(self, limit: int) -> Sequence[Due]:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Due))
            await cursor.execute(DUE, {"limit": limit})
            return await cursor.fetchall()

    async def part(self, due: Due) -> Progress:
        user_id = due.user_id
        async with self._database.transaction() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            taken = await (await cursor.execute(TAKE, {"user_id": user_id})).fetchone()
            if taken is None:  # another replica is at it
                return "waiting"
            values = {
                "user_id": user_id,
                "until": taken["until"],
                "boundary": boundary(taken["until"]),
                "limit": LIMIT,
                "conversations": CONVERSATIONS_AT_ONCE,
            }
            await connection.execute(END_IMPORTS, values)
            await connection.execute(MARK_LATE, values)
            await connection.execute(STOP, values)
            # Looked at before all else, so that what comes with a conversation's end is
            # seen below.
            waiting = bool((await connection.execute(LEFT, values)).rowcount)
            if await erase_some(connection, values):
                return "more"
            if waiting or not taken["over"]:
                await connection.execute(WAIT, {**values, "waiting": waiting})
                return "waiting"
            await connection.execute(DONE, values)
            event = Event(user_id=user_id, kind="user_data_erased")
            await record(connection, event)
            return "done"


async def erase_some(connection: AsyncConnection, values: dict[str, Any]) -> int:
    """Delete a bounded number of rows of each table; return how many in all."""
    found = await (await connection.execute(READY, values)).fetchall()
    values = {**values, "ready": [id for (id,) in found]}
    erased = (await connection.execute(MESSAGES, values)).rowcount
    if erased < LIMIT:
        erased += (await connection.execute(CONVERSATIONS, values)).rowcount
    for statement in (SHARES, *TABLES):
        erased += (await connection.execute(statement, values)).rowcount
    return erased
