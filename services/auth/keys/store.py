"""Signing keys in Postgres: private halves only sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from services.auth.keys.model import SigningKey
from services.auth.revocations.store import revoke_signing_key
from services.kit.errors import RequestIdReused
from services.kit.postgres import Database

SHOWN = 100

# Of two replicas that find a key due the second sees what the first has done.
LOCK: LiteralString = "LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE"

ALL: LiteralString = """
    SELECT id, sealed, public, create_time, sign_time, withdraw_time FROM signing_keys
    ORDER BY sign_time DESC, id LIMIT %s
"""

SINCE: LiteralString = """
    SELECT FROM signing_keys WHERE sign_time > %(since)s
        AND (withdraw_time IS NULL OR withdraw_time > %(now)s)
"""

ADD: LiteralString = """
    INSERT INTO signing_keys (id, sealed, public, create_time, sign_time, request_id)
    VALUES (%(id)s, %(sealed)s, %(public)s, %(create_time)s, %(sign_time)s,
        %(request_id)s)
    ON CONFLICT (request_id) DO NOTHING
"""

# Whether the key of a request was to sign at once.
ASKED: LiteralString = """
    SELECT sign_time = create_time FROM signing_keys WHERE request_id = %s
"""

WITHDRAW: LiteralString = """
    UPDATE signing_keys SET withdraw_time = %(time)s
    WHERE id <> %(id)s AND (withdraw_time IS NULL OR withdraw_time > %(time)s)
    RETURNING id
"""

FORGET: LiteralString = """
    UPDATE signing_keys SET sealed = '' WHERE withdraw_time <= %s AND sealed <> ''
"""


class PostgresKeys:
    """Stores signing keys; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Sequence[SigningKey]:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(SigningKey))
            return await (await cursor.execute(ALL, [SHOWN])).fetchall()

    async def add(
        self,
        key: SigningKey,
        *,
        withdraw_time: datetime,
        unless_since: datetime,
        request_id: UUID | None,
    ) -> bool:
        row = {"since": unless_since, "now": key.create_time}
        async with self._database.transaction() as connection:
            await connection.execute(LOCK)
            if (await connection.execute(SINCE, row)).rowcount:
                return False
            if not await _add(connection, key, request_id):
                return False
            await _withdraw_others(connection, key, withdraw_time)
            return True

    async def replace(self, key: SigningKey, *, request_id: UUID | None) -> bool:
        async with self._database.transaction() as connection:
            await connection.execute(LOCK)
            if not await _add(connection, key, request_id):
                return False
            for kid in await _withdraw_others(connection, key, key.create_time):
                await revoke_signing_key(connection, kid)
            return True

    async def forget(self, now: datetime) -> None:
        async with self._database.statement() as connection:
            await connection.execute(FORGET, [now])


async def _add(
    connection: AsyncConnection, key: SigningKey, request_id: UUID | None
) -> bool:
    """Store a key; False if the request made one (`RequestIdReused`: another kind)."""
    row = {
        "id": key.id,
        "sealed": key.sealed,
        "public": Jsonb(key.public),
        "create_time": key.create_time,
        "sign_time": key.sign_time,
        "request_id": request_id,
    }
    if (await connection.execute(ADD, row)).rowcount:
        return True
    found = await (await connection.execute(ASKED, [request_id])).fetchone()
    if found and found[0] != (key.sign_time == key.create_time):
        raise RequestIdReused
    return False


async def _withdraw_others(
    connection: AsyncConnection, key: SigningKey, time: datetime
) -> Sequence[str]:
    row = {"id": key.id, "time": time}
    found = await (await connection.execute(WITHDRAW, row)).fetchall()
    return [kid for (kid,) in found]
