"""What came of a call, besides its answer."""

from services.kit.postgres import Database


class Told:
    """Says which tokens are to be refused, and what happened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def users(self) -> list[tuple[str, int]]:
        """Whose tokens, and which version of them is the least that is good."""
        async with self._database.statement() as connection:
            rows = await connection.execute(
                "SELECT id, version FROM revocations WHERE kind = 'user' ORDER BY seq"
            )
            return [(f"users/{id}", version) for id, version in await rows.fetchall()]

    async def denied(self) -> list[str]:
        """Which calls were refused to somebody who may not."""
        async with self._database.statement() as connection:
            rows = await connection.execute(
                "SELECT details ->> 'rpc' FROM audit_events"
                " WHERE action = 'access.denied' ORDER BY index"
            )
            return [rpc for (rpc,) in await rows.fetchall()]

    async def details(self, action: str, subject: str) -> dict[str, str] | None:
        """What was recorded when something happened, if it did."""
        async with self._database.statement() as connection:
            rows = await connection.execute(
                "SELECT details || jsonb_build_object('actor', actor)"
                " FROM audit_events WHERE action = %s AND subject = %s",
                [action, subject],
            )
            row = await rows.fetchone()
        found: dict[str, str] | None = row[0] if row else None
        return found
