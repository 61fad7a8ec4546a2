"""Sessions in Postgres."""

from collections.abc import Mapping
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.auth.revocations.store import revoke_session
from services.auth.sessions.model import ABSOLUTE, GRACE, IDLE, MAX_SESSIONS, Session
from services.kit.postgres import Database

SWEEP = 10  # expired sessions that a new one takes away: more than it leaves

# The lock makes this wait for a deletion of the user, and a deletion for this.
ADD: LiteralString = """
    INSERT INTO sessions (id, user_id, counter, create_time, expire_time)
    SELECT %(id)s, id, %(counter)s, %(create_time)s, %(expire_time)s
    FROM users WHERE id = %(user_id)s FOR KEY SHARE
"""

SWEEP_EXPIRED: LiteralString = """
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions WHERE expire_time <= %(now)s
        ORDER BY expire_time LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""

SWEEP_OLDEST: LiteralString = """
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions WHERE user_id = %(user_id)s
        ORDER BY create_time DESC OFFSET %(limit)s FOR UPDATE SKIP LOCKED)
    RETURNING id
"""

# The token is due to be replaced, if it has not been just now.
DUE: LiteralString = """
    counter = %(counter)s AND (rotate_time IS NULL OR rotate_time <= %(grace_time)s)
"""

# Callers at the same time wait for each other's row lock and then see what the other
# has done.
ROTATE: LiteralString = f"""
    UPDATE sessions SET
        counter = CASE WHEN {DUE} THEN counter + 1 ELSE counter END,
        rotate_time = CASE WHEN {DUE} THEN %(now)s ELSE rotate_time END,
        expire_time = CASE WHEN {DUE}
            THEN least(%(idle_time)s, create_time + %(absolute)s)
            ELSE expire_time END
    WHERE id = %(id)s AND expire_time > %(now)s AND (counter = %(counter)s
        OR counter = %(counter)s + 1 AND rotate_time > %(grace_time)s)
    RETURNING id, user_id, counter, create_time, expire_time
"""

DELETE: LiteralString = """
    DELETE FROM sessions
    WHERE id = %(id)s AND (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s)
    RETURNING id, user_id, counter, create_time, expire_time
"""


class PostgresSessions:
    """Stores sessions; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session: Session) -> bool:
        async with self._database.transaction() as connection:
            return await add(connection, session)

    async def rotate(
        self, session_id: UUID, counter: int, now: datetime
    ) -> Session | None:
        row = {
            "id": session_id,
            "counter": counter,
            "now": now,
            "grace_time": now - GRACE,
            "idle_time": now + IDLE,
            "absolute": ABSOLUTE,
        }
        async with self._database.statement() as connection:
            return await one(connection, ROTATE, row)

    async def delete(
        self, session_id: UUID, *, user_id: UUID | None = None
    ) -> Session | None:
        row = {"id": session_id, "user_id": user_id}
        async with self._database.transaction() as connection:
            if ended := await one(connection, DELETE, row):
                await revoke_session(connection, ended.id)
            return ended


async def one(
    connection: AsyncConnection, query: LiteralString, row: Mapping[str, object]
) -> Session | None:
    """Return the session that a query is about."""
    cursor = connection.cursor(row_factory=class_row(Session))
    return await (await cursor.execute(query, row)).fetchone()


async def add(connection: AsyncConnection, session: Session) -> bool:
    """Store a session, and take away expired ones; False if its user is gone."""
    row = {
        "id": session.id,
        "user_id": session.user_id,
        "counter": session.counter,
        "create_time": session.create_time,
        "expire_time": session.expire_time,
    }
    if not (await connection.execute(ADD, row)).rowcount:
        return False
    await connection.execute(
        SWEEP_EXPIRED, {"now": session.create_time, "limit": SWEEP}
    )
    oldest = await connection.execute(
        SWEEP_OLDEST, {"user_id": session.user_id, "limit": MAX_SESSIONS}
    )
    for (ended,) in await oldest.fetchall():
        await revoke_session(connection, ended)
    return True
