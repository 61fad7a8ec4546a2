"""What has sealed the seeds of apps, in Postgres."""

from typing import LiteralString
from uuid import UUID

from services.auth.factors.model import Seed
from services.kit.postgres import Database

# In any order: some that cannot be opened hold up no others.
OLDER: LiteralString = """
    SELECT user_id, id, sealed_seed, last_step FROM factors
    WHERE kind = 'totp' AND substring(sealed_seed FOR length(%(prefix)s)) <> %(prefix)s
    ORDER BY random() LIMIT %(limit)s
"""


class PostgresSeeds:
    """Finds seeds by what has sealed them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def older(self, version: str, limit: int) -> list[tuple[UUID, Seed]]:
        row = {"prefix": f"{version}:".encode(), "limit": limit}
        async with self._database.statement() as connection:
            found = await (await connection.execute(OLDER, row)).fetchall()
        return [
            (user_id, Seed(id=id, sealed=sealed, last_step=last_step))
            for user_id, id, sealed, last_step in found
        ]
