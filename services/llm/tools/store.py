"""What users decided about tools."""

from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.kit.postgres import Database, announce
from services.kit.requests.model import Request
from services.llm.names import ToolCallName
from services.llm.requests import REQUESTS
from services.llm.tools.approvals import topic
from services.llm.tools.model import Choice, Decision, ToolCallNotFound

WHERE: LiteralString = " WHERE user_id = %(user_id)s AND id = %(id)s "

CHOICES: LiteralString = """
    SELECT tool, enabled FROM tool_choices WHERE user_id = %(user_id)s
"""

CHOOSE: LiteralString = """
    INSERT INTO tool_choices (user_id, tool, enabled, update_time)
    VALUES (%(user_id)s, %(tool)s, %(enabled)s, now())
    ON CONFLICT (user_id, tool) DO UPDATE
    SET enabled = excluded.enabled, update_time = excluded.update_time
"""

ASK: LiteralString = """
    INSERT INTO tool_calls (user_id, id, tool, create_time, expire_time)
    VALUES (%(user_id)s, %(id)s, %(tool)s, now(),
        now() + make_interval(secs => %(seconds)s))
"""

DECISION: LiteralString = "SELECT decision FROM tool_calls" + WHERE

# The first decision counts. A process that died leaves calls that wait for nobody.
DECIDE: LiteralString = (
    "UPDATE tool_calls SET decision = %(decision)s"
    + WHERE
    + "AND decision IS NULL AND (expire_time > now() OR %(decision)s = 'lapsed')"
)

FORGET: LiteralString = """
    DELETE FROM tool_calls c USING (
        SELECT user_id, id FROM tool_calls
        WHERE expire_time < now() - interval '24 hours'
        ORDER BY expire_time LIMIT %(limit)s
    ) old WHERE c.user_id = old.user_id AND c.id = old.id
"""
FORGOTTEN_AT_ONCE = 10_000

ERASE: tuple[LiteralString, ...] = (
    "DELETE FROM tool_choices WHERE user_id = %(user_id)s",
    "DELETE FROM tool_calls WHERE user_id = %(user_id)s",
)


def key(name: ToolCallName) -> dict[str, object]:
    """Name a call's row, its owner first."""
    return {"user_id": name.user_id, "id": name.id}


class PostgresTools:
    """Stores decisions about tools and calls; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def choices(self, user_id: UUID) -> Choice:
        async with self._database.statement() as connection:
            cursor = await connection.execute(CHOICES, {"user_id": user_id})
            return dict(await cursor.fetchall())

    async def choose(
        self, user_id: UUID, tool: str, request: Request, *, enabled: bool
    ) -> None:
        values = {"user_id": user_id, "tool": tool, "enabled": enabled}
        async with self._database.transaction() as connection:
            if await REQUESTS.claim(connection, user_id, request, {}) is None:
                await connection.execute(CHOOSE, values)

    async def ask(self, name: ToolCallName, tool: str, *, seconds: float) -> None:
        values = {**key(name), "tool": tool, "seconds": seconds}
        async with self._database.statement() as connection:
            await connection.execute(ASK, values)

    async def decision(self, name: ToolCallName) -> Decision | None:
        async with self._database.statement() as connection:
            return await self._decision(connection, name)

    async def decide(self, name: ToolCallName, *, approved: bool) -> None:
        decision: Decision = "approved" if approved else "denied"
        async with self._database.transaction() as connection:
            if await self._decide(connection, name, decision) != decision:
                raise ToolCallNotFound(tool_call=name)
            announce(connection, topic(name))

    async def lapse(self, name: ToolCallName) -> Decision:
        async with self._database.transaction() as connection:
            return await self._decide(connection, name, "lapsed") or "lapsed"

    async def forget(self) -> int:
        """Forget calls that waited more than a day ago."""
        async with self._database.statement() as connection:
            values = {"limit": FORGOTTEN_AT_ONCE}
            return (await connection.execute(FORGET, values)).rowcount

    async def erase(self, user_id: UUID) -> None:
        """Forget a user."""
        async with self._database.transaction() as connection:
            for statement in ERASE:
                await connection.execute(statement, {"user_id": user_id})

    async def _decide(
        self, connection: AsyncConnection, name: ToolCallName, decision: Decision
    ) -> Decision | None:
        """Decide unless somebody did; return what is decided."""
        await connection.execute(DECIDE, {**key(name), "decision": decision})
        return await self._decision(connection, name)

    async def _decision(
        self, connection: AsyncConnection, name: ToolCallName
    ) -> Decision | None:
        cursor = await connection.execute(DECISION, key(name))
        found = await cursor.fetchone()
        decision: Decision | None = found[0] if found else None
        return decision
