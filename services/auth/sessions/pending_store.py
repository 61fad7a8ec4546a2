"""Sign-ins that wait for a second factor, in Postgres."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from services.auth.sessions.model import CHALLENGE, MAX_TRIES, PendingSignIn
from services.kit.postgres import Database

SWEEP = 10  # expired ones that a new one takes away: more than it leaves

ADD: LiteralString = """
    INSERT INTO sign_ins (token_hash, user_id, methods, expire_time)
    SELECT %(token_hash)s, id, %(methods)s, %(expire_time)s
    FROM users WHERE id = %(user_id)s AND version = %(version)s
    FOR NO KEY UPDATE
"""

SWEEP_EXPIRED: LiteralString = """
    DELETE FROM sign_ins WHERE token_hash IN (
        SELECT token_hash FROM sign_ins WHERE expire_time <= %(now)s
        ORDER BY expire_time LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""

COUNT: LiteralString = """
    UPDATE sign_ins SET tries = tries + 1
    WHERE token_hash = %(token_hash)s AND expire_time > %(now)s
        AND tries < %(max_tries)s
    RETURNING user_id, methods
"""

OWNER: LiteralString = """
    SELECT user_id FROM sign_ins
    WHERE token_hash = %(token_hash)s AND expire_time > %(now)s
        AND tries < %(max_tries)s
"""

TAKE: LiteralString = "DELETE FROM sign_ins WHERE token_hash = %s"

TAKE_ALL: LiteralString = "DELETE FROM sign_ins WHERE user_id = %s"


class PostgresPendingSignIns:
    """Stores sign-ins; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, token_hash: bytes, pending: PendingSignIn, *, version: int, now: datetime
    ) -> bool:
        row = {
            "token_hash": token_hash,
            "user_id": pending.user_id,
            "version": version,
            "methods": list(pending.methods),
            "expire_time": now + CHALLENGE,
        }
        async with self._database.transaction() as connection:
            await connection.execute(SWEEP_EXPIRED, {"now": now, "limit": SWEEP})
            return bool((await connection.execute(ADD, row)).rowcount)

    async def count(self, token_hash: bytes, *, now: datetime) -> PendingSignIn | None:
        row = {"token_hash": token_hash, "now": now, "max_tries": MAX_TRIES}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(PendingSignIn))
            return await (await cursor.execute(COUNT, row)).fetchone()

    async def owner(self, token_hash: bytes, *, now: datetime) -> UUID | None:
        row = {"token_hash": token_hash, "now": now, "max_tries": MAX_TRIES}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=scalar_row)
            return await (await cursor.execute(OWNER, row)).fetchone()

    async def take(self, token_hash: bytes) -> bool:
        async with self._database.statement() as connection:
            return bool((await connection.execute(TAKE, [token_hash])).rowcount)


async def take_all(connection: AsyncConnection, user_id: UUID) -> None:
    """End all of a user's."""
    await connection.execute(TAKE_ALL, [user_id])
