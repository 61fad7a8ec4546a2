"""Events in Postgres."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from services.chat.outbox.model import (
    BEGINNING,
    Event,
    Position,
    Recorded,
    Slice,
    topic,
)
from services.kit.postgres import Database, announce

AT_ONCE = 10_000  # events that are dropped in one statement

# An event's transaction is the latest one that wrote any of the user's events so far:
# a transaction may begin before another one, and record after it.
RECORD: LiteralString = """
    WITH head AS (
        INSERT INTO event_heads AS heads (user_id, seq, transaction)
        VALUES (%(user_id)s, 1, pg_current_xact_id())
        ON CONFLICT (user_id) DO UPDATE SET
            seq = heads.seq + 1,
            transaction = GREATEST(heads.transaction, excluded.transaction)
        RETURNING seq, transaction
    )
    INSERT INTO events (
        user_id, seq, id, kind, conversation_id, resource_id, data, create_time,
        transaction
    ) SELECT
        %(user_id)s, seq, %(id)s, %(kind)s, %(conversation_id)s, %(resource_id)s,
        %(data)s, now(), transaction
    FROM head
"""

COLUMNS: LiteralString = """
    user_id, seq, id, kind, conversation_id, resource_id, data, create_time, transaction
"""

HEADS: LiteralString = """
    SELECT user_id, seq FROM event_heads WHERE user_id = ANY(%(user_ids)s)
"""

# The head first: an event that is committed between the two only comes on top.
AFTER: LiteralString = f"""
    SELECT {COLUMNS} FROM events
    WHERE user_id = %(user_id)s AND seq > %(seq)s ORDER BY seq LIMIT %(limit)s
"""

FORGET: LiteralString = """
    DELETE FROM events WHERE (user_id, seq) IN (
        SELECT user_id, seq FROM events WHERE create_time < now() - interval '7 days'
        ORDER BY create_time LIMIT %(limit)s
    )
"""

POSITION: LiteralString = """
    SELECT transaction, user_id, seq FROM event_consumers WHERE consumer = %(consumer)s
"""

# Below the oldest transaction that still runs, nothing can be added any more.
TAKE: LiteralString = f"""
    SELECT {COLUMNS} FROM events
    WHERE (transaction, user_id, seq) > (%(transaction)s::xid8, %(user_id)s, %(seq)s)
      AND transaction < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY transaction, user_id, seq LIMIT %(limit)s
"""

MOVE: LiteralString = """
    INSERT INTO event_consumers AS consumers (consumer, transaction, user_id, seq)
    VALUES (%(consumer)s, %(transaction)s::xid8, %(user_id)s, %(seq)s)
    ON CONFLICT (consumer) DO UPDATE SET
        transaction = excluded.transaction,
        user_id = excluded.user_id,
        seq = excluded.seq
    WHERE (consumers.transaction, consumers.user_id, consumers.seq)
        = (%(old_transaction)s::xid8, %(old_user_id)s, %(old_seq)s)
"""


async def record(connection: AsyncConnection, event: Event) -> None:
    """
    Write an event, as the last thing that a transaction does.

    From here until it commits, every other transaction of this user that records
    anything waits. Then the user's devices are told.
    """
    values = {
        "user_id": event.user_id,
        "id": uuid7(),
        "kind": event.kind,
        "conversation_id": event.conversation_id,
        "resource_id": event.resource_id,
        "data": Jsonb(dict(event.data)),
    }
    await connection.execute(RECORD, values)
    announce(connection, topic(event.user_id))


class PostgresEvents:
    """Reads what was recorded, for each user's devices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def heads(self, user_ids: Sequence[UUID]) -> Mapping[UUID, int]:
        async with self._database.statement() as connection:
            found = await connection.execute(HEADS, {"user_ids": list(user_ids)})
            return dict(await found.fetchall())

    async def after(self, user_id: UUID, seq: int, limit: int) -> Slice:
        values = {"user_id": user_id, "seq": seq, "limit": limit}
        async with self._database.statement() as connection, connection.pipeline():
            head = await connection.execute(HEADS, {"user_ids": [user_id]})
            events = connection.cursor(row_factory=class_row(Recorded))
            await events.execute(AFTER, values)
            row = await head.fetchone()
            return Slice(row[1] if row else 0, await events.fetchall())

    async def forget(self) -> int:
        """Drop some of the events that are no longer kept; return how many."""
        async with self._database.statement() as connection:
            return (await connection.execute(FORGET, {"limit": AT_ONCE})).rowcount


class PostgresConsumers:
    """Reads what was recorded, for consumers of all users' events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def position(self, consumer: str) -> Position:
        async with self._database.statement() as connection:
            found = await connection.execute(POSITION, {"consumer": consumer})
            row = await found.fetchone()
            return Position(*row) if row else BEGINNING

    async def take(self, after: Position, limit: int) -> Sequence[Recorded]:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Recorded))
            await cursor.execute(TAKE, {**asdict(after), "limit": limit})
            return await cursor.fetchall()

    async def move(self, consumer: str, old: Position, new: Position) -> None:
        values = {
            "consumer": consumer,
            **asdict(new),
            **{f"old_{name}": value for name, value in asdict(old).items()},
        }
        async with self._database.statement() as connection:
            await connection.execute(MOVE, values)
