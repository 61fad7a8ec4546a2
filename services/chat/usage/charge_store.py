"""What users have used, and their charges."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from services.chat.usage.model import Charge, Period, Spent, starts
from services.kit.postgres import Database

KEPT: LiteralString = "interval '400 days'"
# Longer than a month: nobody asks what was used in one that is over.
PERIODS_KEPT: LiteralString = "interval '35 days'"
BATCH = 1000  # rows that are deleted in one go

SPENT: LiteralString = """
    SELECT p.period, used_tokens, used_micros, reserved_tokens, reserved_micros
    FROM (VALUES
        ('month', %(month)s::date), ('day', %(day)s::date)
    ) AS l (period, start_date)
    JOIN usage_periods p ON p.user_id = %(user_id)s
        AND p.period = l.period AND p.start_date = l.start_date
"""

COLUMNS: LiteralString = """
    id, conversation_id, model, input_tokens, output_tokens, cost_micros, estimated,
    create_time
"""

PAGE: LiteralString = (
    "SELECT"
    + COLUMNS
    + """FROM charges
    WHERE user_id = %(user_id)s AND (create_time, id) < (%(time)s, %(after)s)
    ORDER BY create_time DESC, id DESC LIMIT %(limit)s
"""
)

FIRST_PAGE: LiteralString = (
    "SELECT"
    + COLUMNS
    + """FROM charges WHERE user_id = %(user_id)s
    ORDER BY create_time DESC, id DESC LIMIT %(limit)s
"""
)

FORGET_CHARGES: LiteralString = (
    """
    DELETE FROM charges WHERE (user_id, id) IN (
        SELECT user_id, id FROM charges WHERE create_time < now() - """
    + KEPT
    + " ORDER BY create_time LIMIT %(limit)s)"
)

FORGET_PERIODS: LiteralString = (
    """
    DELETE FROM usage_periods WHERE (user_id, period, start_date) IN (
        SELECT user_id, period, start_date FROM usage_periods
        WHERE start_date < (now() - """
    + PERIODS_KEPT
    + ")::date ORDER BY start_date LIMIT %(limit)s)"
)


class PostgresUsage:
    """Reads what is stored, and forgets what is old; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spent(self, user_id: UUID, day: date) -> Mapping[Period, Spent]:
        values = {"user_id": user_id, **starts(day)}
        async with self._database.statement() as connection:
            cursor = await connection.execute(SPENT, values)
            found = {period: Spent(*rest) async for period, *rest in cursor}
        return {"day": found.get("day", Spent()), "month": found.get("month", Spent())}

    async def charges(
        self, user_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Charge]:
        time, id = after or (None, None)
        values = {"user_id": user_id, "time": time, "after": id, "limit": limit}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Charge))
            await cursor.execute(PAGE if after else FIRST_PAGE, values)
            return await cursor.fetchall()

    async def forget(self) -> int:
        """Delete some of what is older than it is kept; return how much."""
        async with self._database.transaction() as connection:
            charges = await connection.execute(FORGET_CHARGES, {"limit": BATCH})
            periods = await connection.execute(FORGET_PERIODS, {"limit": BATCH})
            return charges.rowcount + periods.rowcount
