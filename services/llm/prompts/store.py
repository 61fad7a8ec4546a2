"""Prompts and their versions in Postgres."""

from collections.abc import Mapping, Sequence
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.kit.postgres import Database
from services.kit.requests.model import Request
from services.llm.kept.store import Kept, Table, Values, key
from services.llm.names import Owned, PromptName
from services.llm.prompts.model import (
    MAX_PROMPTS,
    MAX_VERSIONS,
    Prompt,
    PromptNotFound,
    TooManyPrompts,
    Version,
)

TABLE = Table(
    name="prompts",
    noun="prompt",
    row=Prompt,
    columns=("display_name", "description"),
    by_name=True,
    maximum=MAX_PROMPTS,
    missing=PromptNotFound,
    too_many=TooManyPrompts,
)

COLUMNS: LiteralString = " number, text, weight, create_time "
OF_PROMPT: LiteralString = " WHERE user_id = %(user_id)s AND prompt_id = %(id)s "

# Counted on under the lock of its prompt, so that no two are the same.
ADD: LiteralString = (
    """
    INSERT INTO prompt_versions (user_id, prompt_id, number, text, weight, create_time)
    SELECT %(user_id)s, %(id)s, coalesce(max(number), 0) + 1, %(text)s, %(weight)s,
        now()
    FROM prompt_versions"""
    + OF_PROMPT
    + "HAVING count(*) < %(maximum)s RETURNING"
    + COLUMNS
)
LOCK: LiteralString = """
    SELECT FROM prompts WHERE user_id = %(user_id)s AND id = %(id)s FOR UPDATE
"""
TOUCH: LiteralString = """
    UPDATE prompts SET update_time = now() WHERE user_id = %(user_id)s AND id = %(id)s
"""
ONE: LiteralString = (
    "SELECT" + COLUMNS + "FROM prompt_versions" + OF_PROMPT + "AND number = %(number)s"
)
LATEST: LiteralString = """
    SELECT prompt_id, number, text, weight, create_time FROM (
        SELECT unnest(%(ids)s::uuid[]) AS wanted
    ) AS prompts CROSS JOIN LATERAL (
        SELECT * FROM prompt_versions
        WHERE user_id = %(user_id)s AND prompt_id = wanted
        ORDER BY number DESC LIMIT 1
    ) AS latest
"""
VERSIONS: LiteralString = (
    "SELECT"
    + COLUMNS
    + "FROM prompt_versions"
    + OF_PROMPT
    + """AND (%(after)s::integer IS NULL OR number < %(after)s::integer)
    ORDER BY number DESC LIMIT %(limit)s"""
)
WEIGHTS: LiteralString = "SELECT number, weight FROM prompt_versions" + OF_PROMPT
WEIGH: LiteralString = (
    "UPDATE prompt_versions SET weight = %(weight)s"
    + OF_PROMPT
    + "AND number = %(number)s RETURNING"
    + COLUMNS
)


class PostgresPrompts(Kept[Prompt]):
    """Stores prompts."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, TABLE)

    async def latest(
        self, user_id: UUID, prompts: Sequence[UUID]
    ) -> Mapping[UUID, Version]:
        """Return the newest version of each prompt."""
        values = {"user_id": user_id, "ids": list(prompts)}
        async with self._database.statement() as connection:
            rows = await (await connection.execute(LATEST, values)).fetchall()
        return {
            id: Version(number=number, text=text, weight=weight, create_time=time)
            for id, number, text, weight, time in rows
        }

    async def add_version(
        self, name: PromptName, text: str, weight: int, request: Request
    ) -> Version:
        """Add a version; a retry adds nothing and returns the newest."""
        async with self._database.transaction() as connection:
            if await self._claim(connection, name, request):
                await self.one(connection, name)
                (latest,) = await self._versions(connection, name, None, 1)
                return latest
            if not (await connection.execute(LOCK, key(name))).rowcount:
                raise self.missing(name)
            added = await self._add_version(connection, name, text, weight)
            await connection.execute(TOUCH, key(name))
            return added

    async def version(self, name: PromptName, number: int) -> Version:
        """Return a version, or raise that there is none."""
        async with self._database.statement() as connection:
            return await self._version(connection, name, number)

    async def versions(
        self, name: PromptName, *, after: int | None, limit: int
    ) -> Sequence[Version]:
        """Return the versions that follow one, the newest first."""
        async with self._database.transaction() as connection:
            await self.one(connection, name)
            return await self._versions(connection, name, after, limit)

    async def weights(self, name: PromptName) -> Mapping[int, int]:
        """Return how often each version is to be chosen."""
        async with self._database.statement() as connection:
            rows = await (await connection.execute(WEIGHTS, key(name))).fetchall()
        if not rows:
            raise self.missing(name)
        return dict(rows)

    async def weigh(
        self, name: PromptName, number: int, weight: int, request: Request
    ) -> Version:
        """Have a version chosen more or less often."""
        async with self._database.transaction() as connection:
            if await self._claim(connection, name, request):
                return await self._version(connection, name, number)
            values = {**key(name), "number": number, "weight": weight}
            cursor = connection.cursor(row_factory=class_row(Version))
            if found := await (await cursor.execute(WEIGH, values)).fetchone():
                await connection.execute(TOUCH, key(name))
                return found
            raise self._no_version(name, number)

    async def _add(
        self, connection: AsyncConnection, name: Owned, values: Values
    ) -> Prompt:
        """Add a prompt with its first version, whose text is among the values."""
        created = await super()._add(connection, name, values)
        await self._add_version(connection, name, values["text"], weight=0)
        return created

    async def _add_version(
        self, connection: AsyncConnection, name: Owned, text: str, weight: int
    ) -> Version:
        values = {**key(name), "text": text, "weight": weight, "maximum": MAX_VERSIONS}
        cursor = connection.cursor(row_factory=class_row(Version))
        if added := await (await cursor.execute(ADD, values)).fetchone():
            return added
        raise TooManyPrompts(maximum=MAX_VERSIONS)

    async def _version(
        self, connection: AsyncConnection, name: PromptName, number: int
    ) -> Version:
        cursor = connection.cursor(row_factory=class_row(Version))
        await cursor.execute(ONE, {**key(name), "number": number})
        if found := await cursor.fetchone():
            return found
        raise self._no_version(name, number)

    async def _versions(
        self,
        connection: AsyncConnection,
        name: PromptName,
        after: int | None,
        limit: int,
    ) -> Sequence[Version]:
        cursor = connection.cursor(row_factory=class_row(Version))
        values = {**key(name), "after": after, "limit": limit}
        return await (await cursor.execute(VERSIONS, values)).fetchall()

    def _no_version(self, name: PromptName, number: int) -> PromptNotFound:
        return PromptNotFound(version=f"{name}/versions/{number}")
