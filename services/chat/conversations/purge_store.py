"""Taking away conversations whose time has come."""

from datetime import timedelta
from typing import Any, LiteralString

from services.chat.conversations.model import Retention
from services.chat.names import ConversationName
from services.chat.outbox.model import Event
from services.chat.outbox.store import record
from services.kit.clock import Clock, utc_now
from services.kit.ids import boundary
from services.kit.postgres import Database

AT_ONCE = 500  # conversations a round

DUE: LiteralString = " purge_time <= now() "
UNUSED: LiteralString = """
    delete_time IS NULL AND NOT pinned AND NOT temporary
    AND update_time < %(before)s
    AND id < %(made_before)s  -- or it was imported since
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

    def __init__(
        self,
        database: Database,
        retention: Retention,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._retention = retention
        self._clock = clock

    async def due(self) -> int:
        """Take away those deleted 30 days ago, and temporary ones left for an hour."""
        return await self._purge(FIND_DUE, PURGE_DUE, {})

    async def unused(self) -> int:
        """Take away those that the policy does not keep."""
        if not self._retention.days:
            return 0
        before = self._clock() - timedelta(days=self._retention.days)
        values = {"before": before, "made_before": boundary(before)}
        return await self._purge(FIND_UNUSED, PURGE_UNUSED, values)

    async def _purge(
        self, find: LiteralString, query: LiteralString, values: dict[str, Any]
    ) -> int:
        async with self._database.statement() as connection:
            cursor = await connection.execute(find, {**values, "limit": AT_ONCE})
            found = [ConversationName(*row) for row in await cursor.fetchall()]
        return sum([await self._purge_one(query, name, values) for name in found])

    async def _purge_one(
        self, query: LiteralString, name: ConversationName, values: dict[str, Any]
    ) -> int:
        values = {**values, "user_id": name.user_id, "id": name.id}
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
