"""Known devices in Postgres."""

from collections.abc import Collection
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from services.auth.sessions.model import MAX_SESSIONS
from services.kit.postgres import Database

KNOWN: LiteralString = """
    SELECT FROM devices_known
    WHERE user_id = %(user_id)s AND device_hash = ANY(%(hashes)s)
"""

# The user's row first: of two sign-ins at a time one is the first, and a user who is
# being deleted is gone.
HAS_OTHERS: LiteralString = """
    SELECT
        EXISTS (SELECT FROM devices_known WHERE user_id = %(user_id)s),
        EXISTS (
            SELECT FROM devices_known
            WHERE user_id = %(user_id)s AND device_hash = ANY(%(hashes)s))
    FROM users WHERE id = %(user_id)s FOR NO KEY UPDATE
"""

REMEMBER: LiteralString = """
    INSERT INTO devices_known (user_id, device_hash, last_use_time)
    SELECT %(user_id)s, hash, %(now)s FROM unnest(%(kept)s::bytea[]) AS hash
    ON CONFLICT (user_id, device_hash) DO UPDATE SET last_use_time = %(now)s
"""

FORGET: LiteralString = "DELETE FROM devices_known WHERE user_id = %(user_id)s"

SWEEP_OLDEST: LiteralString = """
    DELETE FROM devices_known WHERE (user_id, device_hash) IN (
        SELECT user_id, device_hash FROM devices_known WHERE user_id = %(user_id)s
        ORDER BY last_use_time DESC OFFSET %(limit)s)
"""


class PostgresDevices:
    """Stores known devices; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, user_id: UUID | None, hashes: Collection[bytes]) -> bool:
        row = {"user_id": user_id, "hashes": list(hashes)}
        async with self._database.statement() as connection:
            return bool((await connection.execute(KNOWN, row)).rowcount)

    async def keep(
        self, user_id: UUID, hashes: Collection[bytes], now: datetime
    ) -> None:
        row = {"user_id": user_id, "kept": sorted(hashes), "now": now}
        async with self._database.transaction() as connection:
            await connection.execute(FORGET, row)
            await connection.execute(REMEMBER, row)

    async def remember(
        self,
        user_id: UUID,
        hashes: Collection[bytes],
        kept: Collection[bytes],
        now: datetime,
    ) -> bool:
        row = {
            "user_id": user_id,
            "hashes": list(hashes),
            "kept": sorted(kept),
            "now": now,
            "limit": MAX_SESSIONS,
        }
        async with self._database.transaction() as connection:
            found = await (await connection.execute(HAS_OTHERS, row)).fetchone()
            if not found:
                return False
            await connection.execute(REMEMBER, row)
            await connection.execute(SWEEP_OLDEST, row)
        has_any, has_this = found
        return bool(has_any and not has_this)
