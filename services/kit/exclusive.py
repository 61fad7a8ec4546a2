"""What one process does at a time, of all that share a database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.kit.postgres import Database

# Held by the session, not by a transaction, which must not be idle for long.
LOCK = "SELECT pg_try_advisory_lock(%(key)s)"
UNLOCK = "SELECT pg_advisory_unlock(%(key)s)"


@asynccontextmanager
async def alone(database: Database, key: int) -> AsyncIterator[bool]:
    """
    Keep others from doing the same while the block runs; yield False if one is at it.

    Costs a connection for that time. Who dies lets go.
    """
    async with database.statement() as connection:
        found = await (await connection.execute(LOCK, {"key": key})).fetchone()
        if not found or not found[0]:
            yield False
            return
        try:
            yield True
        finally:
            await connection.execute(UNLOCK, {"key": key})
