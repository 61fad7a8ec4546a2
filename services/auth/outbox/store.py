"""Consumers of the audit log, in Postgres."""

from collections.abc import Sequence
from typing import LiteralString

from services.auth.audit.model import Record
from services.auth.audit.store import PostgresRecords
from services.kit.postgres import Database

POSITION: LiteralString = """
    SELECT index FROM audit_consumers WHERE consumer = %(consumer)s
"""

MOVE: LiteralString = """
    INSERT INTO audit_consumers AS consumers (consumer, index)
    VALUES (%(consumer)s, %(new)s)
    ON CONFLICT (consumer) DO UPDATE SET index = excluded.index
    WHERE consumers.index = %(old)s
"""


class PostgresConsumers:
    """Where consumers are: the index of the event that each has taken last."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._records = PostgresRecords(database)

    async def position(self, consumer: str) -> int:
        async with self._database.statement() as connection:
            found = await connection.execute(POSITION, {"consumer": consumer})
            row = await found.fetchone()
            return int(row[0]) if row else 0

    async def take(self, after: int, limit: int) -> Sequence[Record]:
        # The log has one end, so none can come in between later.
        return await self._records.after(after, limit)

    async def move(self, consumer: str, old: int, new: int) -> None:
        values = {"consumer": consumer, "old": old, "new": new}
        async with self._database.statement() as connection:
            await connection.execute(MOVE, values)
