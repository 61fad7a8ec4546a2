"""Recovery codes in Postgres."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.kit.postgres import Database

LEFT: LiteralString = "SELECT count(*) FROM recovery_codes WHERE user_id = %s"

# Waits for whoever removes the last factor, as that waits for this.
LOCK_USER: LiteralString = "SELECT FROM users WHERE id = %s FOR NO KEY UPDATE"

HAS_FACTOR: LiteralString = "SELECT FROM factors WHERE user_id = %s LIMIT 1"

CLEAR: LiteralString = "DELETE FROM recovery_codes WHERE user_id = %s"

ADD: LiteralString = """
    INSERT INTO recovery_codes (user_id, hash)
    SELECT %s, unnest(%s::bytea[])
"""

USE: LiteralString = "DELETE FROM recovery_codes WHERE user_id = %s AND hash = %s"


class PostgresCodes:
    """Stores recovery codes; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def left(self, user_id: UUID) -> int:
        async with self._database.statement() as connection:
            row = await (await connection.execute(LEFT, [user_id])).fetchone()
        return int(row[0]) if row else 0

    async def replace(self, user_id: UUID, codes: Sequence[bytes]) -> bool:
        async with self._database.transaction() as connection:
            await connection.execute(LOCK_USER, [user_id])
            if not (await connection.execute(HAS_FACTOR, [user_id])).rowcount:
                return False
            await replace(connection, user_id, codes)
        return True

    async def use(self, user_id: UUID, code: bytes) -> bool:
        async with self._database.statement() as connection:
            return bool((await connection.execute(USE, [user_id, code])).rowcount)


async def replace(
    connection: AsyncConnection, user_id: UUID, codes: Sequence[bytes]
) -> None:
    """Store new codes instead of all that there are."""
    await connection.execute(CLEAR, [user_id])
    await connection.execute(ADD, [user_id, list(codes)])
