"""Request IDs: what makes a retry answer as the first try did (AIP-155)."""

from collections.abc import Mapping
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.kit.errors import RequestIdReused
from services.kit.postgres import Database
from services.kit.requests.model import Request

FORGET: LiteralString = """
    DELETE FROM requests r USING (
        SELECT user_id, id FROM requests
        WHERE create_time < now() - interval '24 hours'
        ORDER BY create_time LIMIT %(limit)s
    ) old WHERE r.user_id = old.user_id AND r.id = old.id
"""
FORGOTTEN_AT_ONCE = 10_000


Target = Mapping[str, UUID | None]


class Requests:
    """
    A service's table `requests`.

    It holds, beside who asked what and when, what each request was about: `targets`
    names those columns.
    """

    def __init__(self, *targets: LiteralString) -> None:
        self._targets = targets
        columns = ", ".join(targets)
        values = ", ".join(f"%({target})s" for target in targets)
        # Changes no row if the ID is taken. Of two tries at once, the second waits here
        # until the first has committed or failed.
        self.claim_statement: LiteralString = f"""
            INSERT INTO requests (user_id, id, digest, {columns}, create_time)
            VALUES (%(user_id)s, %(request)s, %(digest)s, {values}, now())
            ON CONFLICT (user_id, id) DO NOTHING
        """
        self.find_statement: LiteralString = f"""
            SELECT digest, {columns} FROM requests
            WHERE user_id = %(user_id)s AND id = %(request)s
        """

    def values(
        self, user_id: UUID, request: Request, target: Target
    ) -> dict[str, object]:
        """Return the values for `claim_statement`."""
        return {
            "user_id": user_id,
            "request": request.id,
            "digest": request.digest,
            **dict.fromkeys(self._targets),
            **target,
        }

    async def claim(
        self,
        connection: AsyncConnection,
        user_id: UUID,
        request: Request,
        target: Target,
    ) -> Target | None:
        """
        Take a request ID for this transaction, as the first thing that it does.

        Return None if nobody had it, and the first try's target if this is a retry:
        then do nothing, and answer as the target is now. `RequestIdReused` if the ID
        was used for another request.
        """
        values = self.values(user_id, request, target)
        if (await connection.execute(self.claim_statement, values)).rowcount:
            return None
        return await self.claimed_before(connection, user_id, request)

    async def claimed_before(
        self, connection: AsyncConnection, user_id: UUID, request: Request
    ) -> Target:
        """Return what a request ID was used for."""
        values = {"user_id": user_id, "request": request.id}
        cursor = await connection.execute(self.find_statement, values)
        found = await cursor.fetchone()
        if found is None or found[0] != request.digest:
            raise RequestIdReused
        return dict(zip(self._targets, found[1:], strict=True))


async def forget(database: Database) -> int:
    """Forget what was asked more than a day ago."""
    async with database.statement() as connection:
        values = {"limit": FORGOTTEN_AT_ONCE}
        return (await connection.execute(FORGET, values)).rowcount
