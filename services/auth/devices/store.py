"""Terminals that ask, in Postgres."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import LiteralString

from psycopg.rows import class_row

from services.auth.devices.model import Decider, Device, State
from services.kit.postgres import Database

SWEEP = 10  # that ended long ago, which a new one takes away
KEPT = timedelta(hours=1)  # after their end, so that a page can say what became of one

COLUMNS: LiteralString = """
    id, device_code_hash, user_code_hash, display_name, address, state, user_id,
    methods, poll_seconds, poll_time, create_time, expire_time
"""

ADD: LiteralString = f"""
    INSERT INTO device_authorizations ({COLUMNS})
    VALUES (%(id)s, %(device_code_hash)s, %(user_code_hash)s, %(display_name)s,
        %(address)s, %(state)s, %(user_id)s, %(methods)s, %(poll_seconds)s,
        %(poll_time)s, %(create_time)s, %(expire_time)s)
    ON CONFLICT DO NOTHING
"""

SWEEP_ENDED: LiteralString = """
    DELETE FROM device_authorizations WHERE id IN (
        SELECT id FROM device_authorizations WHERE expire_time <= %(before)s
        ORDER BY expire_time LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""

OF_USER_CODE: LiteralString = f"""
    SELECT {COLUMNS} FROM device_authorizations WHERE user_code_hash = %(hash)s
"""

LOCK: LiteralString = f"""
    SELECT {COLUMNS} FROM device_authorizations WHERE device_code_hash = %(hash)s
    FOR UPDATE
"""

POLLED: LiteralString = """
    UPDATE device_authorizations SET state = %(state)s,
        poll_seconds = %(poll_seconds)s, poll_time = %(poll_time)s
    WHERE id = %(id)s
"""

DECIDE: LiteralString = """
    UPDATE device_authorizations SET state = %(state)s, user_id = %(user_id)s,
        methods = coalesce((
            SELECT methods FROM sessions
            WHERE id = %(session_id)s AND user_id = %(user_id)s), '{}')
    WHERE user_code_hash = %(hash)s AND state = 'pending' AND expire_time > %(now)s
"""


class PostgresDevices:
    """Stores terminals that ask; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, device: Device) -> bool:
        sweep = {"before": device.create_time - KEPT, "limit": SWEEP}
        row = {**asdict(device), "methods": list(device.methods)}
        async with self._database.transaction() as connection:
            await connection.execute(SWEEP_ENDED, sweep)
            return bool((await connection.execute(ADD, row)).rowcount)

    async def of_user_code(self, code_hash: bytes) -> Device | None:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Device))
            found = await cursor.execute(OF_USER_CODE, {"hash": code_hash})
            return await found.fetchone()

    async def poll(self, code_hash: bytes, now: datetime) -> Device | None:
        async with self._database.transaction() as connection:
            cursor = connection.cursor(row_factory=class_row(Device))
            device = await (await cursor.execute(LOCK, {"hash": code_hash})).fetchone()
            if device and not device.ended(now):
                await connection.execute(POLLED, polled(device, now))
            return device

    async def decide(
        self, code_hash: bytes, state: State, by: Decider, now: datetime
    ) -> bool:
        row = {"hash": code_hash, "state": state, "now": now, **asdict(by)}
        async with self._database.statement() as connection:
            return bool((await connection.execute(DECIDE, row)).rowcount)


def polled(device: Device, now: datetime) -> Mapping[str, object]:
    """Return what a poll makes of a terminal."""
    after = device.polled(now)
    taken = device.state == "approved" and not device.early(now)
    return {
        "id": device.id,
        "state": "used" if taken else device.state,
        "poll_seconds": after.poll_seconds,
        "poll_time": after.poll_time,
    }
