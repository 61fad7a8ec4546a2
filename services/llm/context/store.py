"""Running summaries."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from services.kit.postgres import Database
from services.llm.context.model import SUMMARY_DAYS, Summary

# The last in the conversation that has one; that it was needed is noted once a day.
FIND: LiteralString = """
    WITH found AS (
        SELECT s.user_id, s.message_id, s.text, s.use_time
        FROM unnest(%(messages)s::uuid[]) WITH ORDINALITY AS said(message_id, place)
        JOIN summaries s ON s.message_id = said.message_id
        WHERE s.user_id = %(user_id)s
        ORDER BY said.place DESC LIMIT 1
    ), used AS (
        UPDATE summaries s SET use_time = now() FROM found
        WHERE s.user_id = %(user_id)s AND s.message_id = found.message_id
          AND found.use_time < now() - interval '1 day'
    )
    SELECT message_id, text FROM found
"""

PUT: LiteralString = """
    INSERT INTO summaries (user_id, message_id, text, use_time)
    VALUES (%(user_id)s, %(message_id)s, %(text)s, now())
    ON CONFLICT (user_id, message_id) DO NOTHING
"""

ERASE: LiteralString = "DELETE FROM summaries WHERE user_id = %(user_id)s"

FORGET: LiteralString = """
    DELETE FROM summaries s USING (
        SELECT user_id, message_id FROM summaries
        WHERE use_time < now() - make_interval(days => %(days)s)
        ORDER BY use_time LIMIT %(limit)s
    ) old WHERE s.user_id = old.user_id AND s.message_id = old.message_id
"""
FORGOTTEN_AT_ONCE = 10_000


class PostgresSummaries:
    """Stores summaries; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, user_id: UUID, messages: Sequence[UUID]) -> Summary | None:
        values = {"user_id": user_id, "messages": list(messages)}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Summary))
            await cursor.execute(FIND, values)
            return await cursor.fetchone()

    async def put(self, user_id: UUID, summary: Summary) -> None:
        values = {
            "user_id": user_id,
            "message_id": summary.message_id,
            "text": summary.text,
        }
        async with self._database.statement() as connection:
            await connection.execute(PUT, values)

    async def erase(self, user_id: UUID) -> int:
        """Delete all summaries of a user's conversations; return how many."""
        async with self._database.statement() as connection:
            return (await connection.execute(ERASE, {"user_id": user_id})).rowcount


async def forget(database: Database) -> int:
    """Delete summaries that nobody needed for SUMMARY_DAYS; return how many."""
    values = {"days": SUMMARY_DAYS, "limit": FORGOTTEN_AT_ONCE}
    async with database.statement() as connection:
        return (await connection.execute(FORGET, values)).rowcount
