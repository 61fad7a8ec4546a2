"""Erasures in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from services.kit.erasing import DEADLINE, TOKENS_LIVE
from services.kit.postgres import Database, announce
from services.llm.documents.ports import SWEEP_TOPIC
from services.llm.documents.store.sql import marking
from services.llm.erasure.model import Due, Found

LIMIT = 500  # rows of one table at a time
AT_ONCE = 10_000  # that are out of sight with the request; nobody has more to see

# What others keep, which goes as it is: each table has a `user_id`, and a column that
# says when a row was made or used. `tests/llm/test_erasure.py` asks whether any table
# is forgotten.
TABLES: Mapping[LiteralString, LiteralString] = {
    "assistants": "create_time",
    "prompt_versions": "create_time",
    "prompts": "create_time",
    "memories": "create_time",
    "summaries": "use_time",
    "tool_choices": "update_time",
    "tool_calls": "create_time",
    "requests": "create_time",
}

ASK: LiteralString = """
    INSERT INTO erasures AS e (
        user_id, until_time, deadline, look_time, closing_account, had_documents
    )
    VALUES (
        %(user_id)s, now() + %(going_on)s, now() + %(deadline)s, now(), %(closing)s,
        EXISTS (SELECT FROM documents WHERE user_id = %(user_id)s)
            OR EXISTS (SELECT FROM vector_deletions WHERE user_id = %(user_id)s)
    )
    ON CONFLICT (user_id) DO UPDATE SET
        had_documents = e.had_documents OR excluded.had_documents,
        until_time = greatest(e.until_time, excluded.until_time), look_time = now(),
        closing_account = e.closing_account OR excluded.closing_account
    RETURNING deadline, now() AS until
"""
# A user with very many documents takes longer than other statements may.
PATIENCE: LiteralString = "SET LOCAL statement_timeout = '15s'"

MARK: LiteralString = marking("create_time <= %(until)s")
# With them goes who may read them, and so does what others share, if the account goes.
COLLECTIONS: LiteralString = """
    DELETE FROM collections c
    WHERE c.user_id = %(user_id)s AND c.create_time <= %(until)s AND NOT EXISTS (
        SELECT FROM documents d
        WHERE d.user_id = %(user_id)s AND d.collection_id = c.id
    )
"""
LEAVE: LiteralString = """
    WITH gone AS (
        DELETE FROM collection_readers WHERE user_id = %(user_id)s
        RETURNING owner_id, collection_id
    )
    UPDATE collections c SET readers = array_remove(readers, %(user_id)s)
    FROM gone WHERE c.user_id = gone.owner_id AND c.id = gone.collection_id
"""

DUE: LiteralString = """
    SELECT user_id, closing_account, had_documents, deadline < now() AS late
    FROM erasures
    WHERE look_time <= now() ORDER BY look_time LIMIT %(limit)s
"""
# Nothing more can come when no transaction is open that began in time.
TAKE: LiteralString = """
    SELECT
        least(until_time, now()) AS until, closing_account,
        until_time < now() AND NOT EXISTS (
            SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND usename = current_user
              AND xact_start <= until_time
        ) AS over
    FROM erasures WHERE user_id = %(user_id)s FOR UPDATE SKIP LOCKED
"""
# Soon, if something has yet to go; while somebody may still write, now and then.
WAIT: LiteralString = """
    UPDATE erasures SET look_time = CASE
        WHEN %(waiting)s OR until_time <= now() THEN now() + interval '1 second'
        ELSE least(until_time, now() + interval '1 minute')
    END WHERE user_id = %(user_id)s
"""
# Documents go little by little, and their vectors, as those that are deleted do.
GOING: LiteralString = """
    SELECT FROM documents WHERE user_id = %(user_id)s AND delete_time IS NOT NULL
    UNION ALL
    SELECT FROM vector_deletions WHERE user_id = %(user_id)s
    LIMIT 1
"""
DONE: LiteralString = """
    DELETE FROM erasures WHERE user_id = %(user_id)s AND until_time < now()
"""


def of_table(table: LiteralString, time: LiteralString) -> LiteralString:
    """Write the statement that deletes some of a user's rows, all in one partition."""
    return f"""
        DELETE FROM {table} WHERE user_id = %(user_id)s AND ctid = ANY (ARRAY(
            SELECT ctid FROM {table}
            WHERE user_id = %(user_id)s AND {time} <= %(until)s LIMIT %(limit)s
        ))
    """


class PostgresErasures:
    """Stores what is to be erased, and erases it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, user_id: UUID, *, closing_account: bool) -> datetime:
        values: dict[str, Any] = {
            "user_id": user_id,
            "going_on": TOKENS_LIVE if closing_account else timedelta(),
            "deadline": DEADLINE,
            "closing": closing_account,
            "limit": AT_ONCE,
        }
        async with self._database.transaction() as connection:
            await connection.execute(PATIENCE)
            cursor = connection.cursor(row_factory=dict_row)
            asked = await (await cursor.execute(ASK, values)).fetchone()
            assert asked, "it inserts or updates"
            await erase_some(
                connection, {**values, **asked}, closing_account=closing_account
            )
            deadline: datetime = asked["deadline"]
            return deadline

    async def due(self, limit: int) -> Sequence[Due]:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Due))
            await cursor.execute(DUE, {"limit": limit})
            return await cursor.fetchall()

    async def erase(self, user_id: UUID) -> Found:
        async with self._database.transaction() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            taken = await (await cursor.execute(TAKE, {"user_id": user_id})).fetchone()
            if taken is None:  # another replica is at it
                return "waiting"
            values = {"user_id": user_id, "until": taken["until"], "limit": LIMIT}
            closing = taken["closing_account"]
            if await erase_some(connection, values, closing_account=closing):
                return "more"
            waiting = bool((await connection.execute(GOING, values)).rowcount)
            if waiting or not taken["over"]:
                await connection.execute(WAIT, {**values, "waiting": waiting})
                return "waiting"
            return "empty"

    async def done(self, user_id: UUID) -> None:
        async with self._database.statement() as connection:
            await connection.execute(DONE, {"user_id": user_id})


async def erase_some(
    connection: AsyncConnection, values: dict[str, Any], *, closing_account: bool
) -> int:
    """Put documents out of sight, and delete a bounded number of other rows."""
    erased = (await connection.execute(MARK, values)).rowcount
    if erased:
        announce(connection, SWEEP_TOPIC)
    erased += (await connection.execute(COLLECTIONS, values)).rowcount
    if closing_account:
        erased += (await connection.execute(LEAVE, values)).rowcount
    for table, time in TABLES.items():
        erased += (await connection.execute(of_table(table, time), values)).rowcount
    return erased
