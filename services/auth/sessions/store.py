"""Sessions in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.auth.revocations.store import revoke_session
from services.auth.sessions.model import (
    ABSOLUTE,
    GRACE,
    IDLE,
    MAX_SESSIONS,
    Client,
    Session,
)
from services.kit.pages import Page
from services.kit.postgres import Database

SWEEP = 10  # expired sessions that a new one takes away: more than it leaves

COLUMNS: LiteralString = """
    id, user_id, counter, create_time, expire_time, auth_time, last_use_time, methods,
        user_agent, address
"""

# The lock makes this wait for whoever changes the user, and them for this: a password
# that is another by now begins nothing, and what it began before is there to be ended.
# As strong as `device_store` wants it next: two would wait for each other otherwise.
ADD: LiteralString = """
    INSERT INTO sessions (id, user_id, counter, create_time, expire_time, auth_time,
        last_use_time, methods, user_agent, address)
    SELECT %(id)s, id, %(counter)s, %(create_time)s, %(expire_time)s, %(auth_time)s,
        %(last_use_time)s, %(methods)s, %(user_agent)s, %(address)s
    FROM users WHERE id = %(user_id)s AND version = %(version)s FOR NO KEY UPDATE
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
RESTED: LiteralString = "(rotate_time IS NULL OR rotate_time <= %(grace_time)s)"
DUE: LiteralString = f"counter = %(counter)s AND {RESTED}"

# Callers at the same time wait for each other's row lock and then see what the other
# has done.
HOLDER: LiteralString = (
    "SELECT user_id FROM sessions WHERE id = %(id)s AND expire_time > %(now)s"
)

ROTATE: LiteralString = f"""
    UPDATE sessions SET
        counter = CASE WHEN {DUE} THEN counter + 1 ELSE counter END,
        rotate_time = CASE WHEN {DUE} THEN %(now)s ELSE rotate_time END,
        expire_time = CASE WHEN {DUE}
            THEN least(%(idle_time)s, create_time + %(absolute)s)
            ELSE expire_time END,
        last_use_time = %(now)s,
        user_agent = %(user_agent)s,
        address = coalesce(%(address)s, address)
    WHERE id = %(id)s AND expire_time > %(now)s AND (counter = %(counter)s
        OR counter = %(counter)s + 1 AND rotate_time > %(grace_time)s)
    RETURNING {COLUMNS}
"""

# What was shown before was shown, too: of several factors one may be enough now.
ALL_METHODS: LiteralString = """
    methods || (
        SELECT coalesce(array_agg(new), '{}') FROM unnest(%(methods)s::text[]) AS new
        WHERE new <> ALL (methods))
"""

SHOWN: LiteralString = f"""
    UPDATE sessions SET auth_time = %(now)s, methods = {ALL_METHODS},
        counter = CASE WHEN {RESTED} THEN counter + 1 ELSE counter END,
        rotate_time = CASE WHEN {RESTED} THEN %(now)s ELSE rotate_time END
    WHERE id = %(id)s AND expire_time > %(now)s
    RETURNING {COLUMNS}
"""

ADD_METHODS: LiteralString = f"""
    UPDATE sessions SET methods = {ALL_METHODS} WHERE id = %(id)s
"""

# The latest first; those of one time in the order of their IDs.
PAGE: LiteralString = f"""
    SELECT {COLUMNS} FROM sessions
    WHERE user_id = %(user_id)s AND expire_time > %(now)s
        AND (%(time)s::timestamptz IS NULL OR (create_time, id) < (%(time)s, %(id)s))
    ORDER BY create_time DESC, id DESC LIMIT %(limit)s
"""

DELETE_ALL: LiteralString = f"""
    DELETE FROM sessions
    WHERE user_id = %(user_id)s AND id IS DISTINCT FROM %(but)s::uuid
    RETURNING {COLUMNS}
"""

DELETE: LiteralString = f"""
    DELETE FROM sessions
    WHERE id = %(id)s AND (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s)
    RETURNING {COLUMNS}
"""


class PostgresSessions:
    """Stores sessions; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session: Session, *, version: int) -> bool:
        async with self._database.transaction() as connection:
            return await add(connection, session, version=version)

    async def holder(self, session_id: UUID, now: datetime) -> UUID | None:
        row = {"id": session_id, "now": now}
        async with self._database.statement() as connection:
            found = await (await connection.execute(HOLDER, row)).fetchone()
        return found[0] if found else None

    async def rotate(
        self, session_id: UUID, counter: int, now: datetime, *, client: Client
    ) -> Session | None:
        row = {
            "user_agent": client.user_agent,
            "address": client.address,
            "id": session_id,
            "counter": counter,
            "now": now,
            "grace_time": now - GRACE,
            "idle_time": now + IDLE,
            "absolute": ABSOLUTE,
        }
        async with self._database.statement() as connection:
            return await one(connection, ROTATE, row)

    async def shown(
        self, session_id: UUID, now: datetime, methods: Sequence[str]
    ) -> Session | None:
        row = {
            "id": session_id,
            "now": now,
            "grace_time": now - GRACE,
            "methods": list(methods),
        }
        async with self._database.statement() as connection:
            return await one(connection, SHOWN, row)

    async def add_methods(self, session_id: UUID, methods: Sequence[str]) -> None:
        row = {"id": session_id, "methods": list(methods)}
        async with self._database.statement() as connection:
            await connection.execute(ADD_METHODS, row)

    async def page(self, user_id: UUID, now: datetime, page: Page) -> Sequence[Session]:
        time, id = page.after or (None, None)
        limit = page.size + 1
        row = {"user_id": user_id, "now": now, "time": time, "id": id, "limit": limit}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Session))
            return await (await cursor.execute(PAGE, row)).fetchall()

    async def delete_all(
        self, user_id: UUID, *, but: UUID | None = None
    ) -> Sequence[Session]:
        row = {"user_id": user_id, "but": but}
        async with self._database.transaction() as connection:
            cursor = connection.cursor(row_factory=class_row(Session))
            ended = await (await cursor.execute(DELETE_ALL, row)).fetchall()
            for session in ended:
                await revoke_session(connection, session.id)
            return ended

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


async def add(connection: AsyncConnection, session: Session, *, version: int) -> bool:
    """
    Store a session, and take away expired ones.

    False if its user is gone, or is of another version by now.
    """
    row = {
        "id": session.id,
        "user_id": session.user_id,
        "version": version,
        "counter": session.counter,
        "create_time": session.create_time,
        "expire_time": session.expire_time,
        "auth_time": session.auth_time,
        "last_use_time": session.last_use_time,
        "methods": list(session.methods),
        "user_agent": session.user_agent,
        "address": session.address,
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
