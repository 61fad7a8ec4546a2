"""Taking away conversations whose time has come."""

from collections.abc import Sequence
from typing import LiteralString

from services.chat.conversations.model import Retention
from services.chat.names import ConversationName
from services.chat.outbox.model import Event
from services.chat.outbox.store import record
from services.kit.postgres import Database

AT_ONCE = 500  # conversations a round

DUE: LiteralString = " purge_time <= now() "
UNUSED: LiteralString = """
    delete_time IS NULL AND NOT pinned AND NOT temporary
    AND update_time < now() - make_interval(days => %(days)s)
"""

FIND_DUE: LiteralString = (
    "SELECT user_id, id FROM conversations WHERE"
    + DUE
    + "ORDER BY purge_time LIMIT %(limit)s"
)
FIND_UNUSED: LiteralString = (
    "SELECT user_id, id FROM conversations WHERE"
    + UNUSED
    + "ORDER BY update_time LIMIT %(limit)s"
)

# Somebody may have had it back, or used it, since it was found. One in which a reply is
# under way waits, so that what the reply uses can be settled.
PURGE: LiteralString = """
    DELETE FROM conversations c WHERE user_id = %(user_id)s AND id = %(id)s
      AND NOT EXISTS (
        SELECT FROM messages m WHERE m.user_id = c.user_id
          AND m.conversation_id = c.id AND m.end_time IS NULL
      ) AND """
PURGE_DUE: LiteralString = PURGE + DUE
PURGE_UNUSED: LiteralString = PURGE + UNUSED


class PostgresPurge:
    """Takes conversations away, each in a transaction of its own with its event."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self._retention = retention

    async def due(self) -> int:
        """Take away those deleted 30 days ago, and temporary ones left for an hour."""
        found = await self._find(FIND_DUE)
        return sum([await self._purge(PURGE_DUE, name) for name in found])

    async def unused(self) -> int:
        """Take away those that the policy does not keep."""
        if not self._retention.days:
            return 0
        found = await self._find(FIND_UNUSED)
        return sum([await self._purge(PURGE_UNUSED, name) for name in found])

    async def _find(self, query: LiteralString) -> Sequence[ConversationName]:
        values = {"days": self._retention.days, "limit": AT_ONCE}
        async with self._database.statement() as connection:
            cursor = await connection.execute(query, values)
            return [ConversationName(*row) for row in await cursor.fetchall()]

    async def _purge(self, query: LiteralString, name: ConversationName) -> int:
        values = {
            "user_id": name.user_id,
            "id": name.id,
            "days": self._retention.days,
        }
        async with self._database.transaction() as connection:
            purged = (await connection.execute(query, values)).rowcount
            if purged:
                event = Event(
                    user_id=name.user_id,
                    kind="conversation_purged",
                    conversation_id=name.id,
                )
                await record(connection, event)
        return purged
