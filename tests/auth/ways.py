"""Another way in, which others ask about."""

from uuid import UUID

from services.auth.sessions.model import Factor
from services.kit.postgres import Database

FREE = "SELECT FROM users WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED"


class Asked:
    """Knows of no other way, and whether one could go while it was asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.times_held: list[bool] = []

    async def exist(self, user_id: UUID) -> bool:
        """Say that there is none."""
        async with self._database.transaction() as connection:
            found = await (await connection.execute(FREE, [user_id])).fetchone()
            self.times_held.append(found is None)
        return False

    async def factors(self, user_id: UUID) -> frozenset[Factor]:
        """Say that there are none, when it is about the last identity."""
        await self.exist(user_id)
        return frozenset()
