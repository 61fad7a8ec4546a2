"""Users and sessions in Postgres: every SQL statement of the service is here."""

from collections.abc import Mapping
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.auth.model import ABSOLUTE, GRACE, IDLE, MAX_SESSIONS, Session, User
from services.kit.postgres import Database

SWEEP = 10  # expired sessions that a new one takes away: more than it leaves

# The constraints `users_email_key_unique` and `users_request_id_unique` decide. The
# conflict is no error, because Postgres would write the address into its log.
ADD_USER: LiteralString = """
    INSERT INTO users (id, email, email_key, display_name, password_hash, request_id,
        create_time)
    VALUES (%(id)s, %(email)s, %(email_key)s, %(display_name)s, %(password_hash)s,
        %(request_id)s, %(create_time)s)
    ON CONFLICT DO NOTHING
"""

USER: LiteralString = """
    SELECT id, email, email_key, display_name, password_hash, create_time FROM users
"""

REPLACE_HASH: LiteralString = """
    UPDATE users SET password_hash = %(new)s
    WHERE id = %(id)s AND password_hash = %(old)s
"""

DELETE_USER: LiteralString = "DELETE FROM users WHERE id = %s"

# The lock makes this wait for a deletion of the user, and a deletion for this.
ADD_SESSION: LiteralString = """
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

DELETE_SESSION: LiteralString = """
    DELETE FROM sessions
    WHERE id = %(id)s AND (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s)
    RETURNING id, user_id, counter, create_time, expire_time
"""


class PostgresStore:
    """Stores users and sessions; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_user(
        self, user: User, session: Session, *, request_id: UUID | None
    ) -> bool:
        async with self._database.transaction() as connection:
            row = {
                "id": user.id,
                "email": user.email,
                "email_key": user.email_key,
                "display_name": user.display_name,
                "password_hash": user.password_hash,
                "request_id": request_id,
                "create_time": user.create_time,
            }
            if not (await connection.execute(ADD_USER, row)).rowcount:
                return False
            return await self._add_session(connection, session)

    async def user(self, user_id: UUID) -> User | None:
        return await self._user(USER + "WHERE id = %s", user_id)

    async def user_of_email(self, email_key: str) -> User | None:
        return await self._user(USER + "WHERE email_key = %s", email_key)

    async def user_of_request(self, request_id: UUID) -> User | None:
        return await self._user(USER + "WHERE request_id = %s", request_id)

    async def _user(self, query: LiteralString, key: UUID | str) -> User | None:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(User))
            return await (await cursor.execute(query, [key])).fetchone()

    async def replace_hash(self, user: User, password_hash: str) -> None:
        row = {"id": user.id, "old": user.password_hash, "new": password_hash}
        async with self._database.statement() as connection:
            await connection.execute(REPLACE_HASH, row)

    async def delete_user(self, user_id: UUID) -> None:
        async with self._database.statement() as connection:
            await connection.execute(DELETE_USER, [user_id])

    async def add_session(self, session: Session) -> bool:
        async with self._database.transaction() as connection:
            return await self._add_session(connection, session)

    async def _add_session(self, connection: AsyncConnection, session: Session) -> bool:
        row = {
            "id": session.id,
            "user_id": session.user_id,
            "counter": session.counter,
            "create_time": session.create_time,
            "expire_time": session.expire_time,
        }
        if not (await connection.execute(ADD_SESSION, row)).rowcount:
            return False
        await connection.execute(
            SWEEP_EXPIRED, {"now": session.create_time, "limit": SWEEP}
        )
        await connection.execute(
            SWEEP_OLDEST, {"user_id": session.user_id, "limit": MAX_SESSIONS}
        )
        return True

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
        return await self._session(ROTATE, row)

    async def delete_session(
        self, session_id: UUID, *, user_id: UUID | None = None
    ) -> Session | None:
        row = {"id": session_id, "user_id": user_id}
        return await self._session(DELETE_SESSION, row)

    async def _session(
        self, query: LiteralString, row: Mapping[str, object]
    ) -> Session | None:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Session))
            return await (await cursor.execute(query, row)).fetchone()
