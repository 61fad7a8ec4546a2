"""Challenges to passkeys in Postgres."""

from datetime import datetime
from hashlib import sha256
from typing import LiteralString

from psycopg.rows import class_row

from services.auth.factors.model import Ceremony
from services.kit.postgres import Database

SWEEP = 10  # expired challenges that a new one takes away: more than it leaves

SWEEP_EXPIRED: LiteralString = """
    DELETE FROM passkey_ceremonies WHERE challenge_hash IN (
        SELECT challenge_hash FROM passkey_ceremonies WHERE expire_time <= %(now)s
        ORDER BY expire_time LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""

BEGIN: LiteralString = """
    INSERT INTO passkey_ceremonies (challenge_hash, purpose, user_id, expire_time)
    VALUES (%(hash)s, %(purpose)s, %(user_id)s, %(expire_time)s)
"""

END: LiteralString = """
    DELETE FROM passkey_ceremonies WHERE challenge_hash = %s
    RETURNING purpose, user_id, expire_time
"""


class PostgresCeremonies:
    """Stores challenges as hashes; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, challenge: bytes, ceremony: Ceremony, now: datetime) -> None:
        row = {
            "hash": sha256(challenge).digest(),
            "purpose": ceremony.purpose,
            "user_id": ceremony.user_id,
            "expire_time": ceremony.expire_time,
        }
        async with self._database.transaction() as connection:
            await connection.execute(SWEEP_EXPIRED, {"now": now, "limit": SWEEP})
            await connection.execute(BEGIN, row)

    async def end(self, challenge: bytes, now: datetime) -> Ceremony | None:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Ceremony))
            await cursor.execute(END, [sha256(challenge).digest()])
            ended = await cursor.fetchone()
        return ended if ended and ended.expire_time > now else None
