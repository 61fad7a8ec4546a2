"""Things that users keep, of any kind: created, listed, changed and deleted alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, LiteralString, TypeVar
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.kit.errors import ServiceError
from services.kit.postgres import Database
from services.kit.requests.model import Request
from services.llm.names import Owned
from services.llm.requests import REQUESTS

T = TypeVar("T")
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[T]):
    """A table whose rows belong to users, and how many of them a user may have."""

    name: LiteralString
    noun: str  # how errors call one of them
    row: type[T]  # with `id`, `create_time`, `update_time` and the columns
    columns: tuple[LiteralString, ...]  # what users say
    by_name: bool  # listed by `display_name`, else the newest first
    maximum: int
    missing: type[ServiceError]
    too_many: type[ServiceError]

    @property
    def selected(self) -> LiteralString:
        """Everything of a row but its owner."""
        return ", ".join(("id", *self.columns, "create_time", "update_time"))

    @property
    def create(self) -> LiteralString:
        """The statement that adds one, unless there are too many."""
        columns = ", ".join(self.columns)
        values = ", ".join(f"%({column})s" for column in self.columns)
        return f"""
            INSERT INTO {self.name} (user_id, id, {columns}, create_time, update_time)
            SELECT %(user_id)s, %(id)s, {values}, now(), now()
            WHERE (
                SELECT count(*) FROM {self.name} WHERE user_id = %(user_id)s
            ) < %(maximum)s
            RETURNING {self.selected}
        """

    @property
    def get(self) -> LiteralString:
        """The statement that reads one."""
        return f"""
            SELECT {self.selected} FROM {self.name}
            WHERE user_id = %(user_id)s AND id = %(id)s
        """

    @property
    def page(self) -> LiteralString:
        """The statement that lists some; by their names without regard to case."""
        if self.by_name:
            return f"""
                SELECT {self.selected} FROM {self.name} WHERE user_id = %(user_id)s
                  AND (%(after)s::uuid IS NULL OR
                    (lower(display_name) COLLATE "C", id)
                        > (lower(%(name)s), %(after)s::uuid))
                ORDER BY lower(display_name) COLLATE "C", id LIMIT %(limit)s
            """
        return f"""
            SELECT {self.selected} FROM {self.name} WHERE user_id = %(user_id)s
              AND (%(after)s::uuid IS NULL OR id < %(after)s::uuid)
            ORDER BY id DESC LIMIT %(limit)s
        """

    def update(self, fields: Sequence[str]) -> LiteralString:
        """Return the statement that changes these columns of one."""
        changes = ", ".join(
            f"{column} = %({column})s" for column in self.columns if column in fields
        )
        return f"""
            UPDATE {self.name} SET {changes}, update_time = now()
            WHERE user_id = %(user_id)s AND id = %(id)s
            RETURNING {self.selected}
        """

    @property
    def delete(self) -> LiteralString:
        """The statement that deletes one."""
        return f"DELETE FROM {self.name} WHERE user_id = %(user_id)s AND id = %(id)s"

    @property
    def queue(self) -> LiteralString:
        """Lets one of a user's be added at a time: two at once are not one too many."""
        return f"""
            SELECT pg_advisory_xact_lock(
                hashtextextended('{self.name}/' || %(user_id)s::text, 0)
            )
        """


class Kept(Generic[T]):
    """Stores one kind of thing; one method is one transaction."""

    def __init__(self, database: Database, table: Table[T]) -> None:
        self._database = database
        self._table = table

    async def create(self, name: Owned, values: Values, request: Request) -> T:
        """Add one; a retry adds nothing and returns the first try's, as it is now."""
        async with self._database.transaction() as connection:
            first = await self._claim(connection, name, request)
            if first:
                return await self.one(connection, first)
            return await self._add(connection, name, values)

    async def get(self, name: Owned) -> T:
        """Return one, or raise that there is none."""
        async with self._database.statement() as connection:
            return await self.one(connection, name)

    async def page(
        self, user_id: UUID, *, after: tuple[Any, ...] | None, limit: int
    ) -> Sequence[T]:
        """Return those that follow a place in the list."""
        *name, id = after or (None,)
        values = {"user_id": user_id, "after": id, "limit": limit}
        values["name"] = name[0] if name else None
        async with self._database.statement() as connection:
            return await self._select(connection, self._table.page, values)

    async def update(self, name: Owned, change: Values, request: Request) -> T:
        """Change some columns of one."""
        async with self._database.transaction() as connection:
            first = await self._claim(connection, name, request)
            if first or not change:
                return await self.one(connection, name)
            statement = self._table.update([*change])
            values = {**key(name), **change}
            if changed := await self._select(connection, statement, values):
                return changed[0]
            raise self.missing(name)

    async def delete(
        self, name: Owned, request: Request, *, allow_missing: bool
    ) -> None:
        """Delete one."""
        async with self._database.transaction() as connection:
            if await self._claim(connection, name, request):
                return
            deleted = await connection.execute(self._table.delete, key(name))
            if not deleted.rowcount and not allow_missing:
                raise self.missing(name)

    def missing(self, name: Owned) -> ServiceError:
        """Say that there is no such thing."""
        return self._table.missing(**{self._table.noun: str(name)})  # type: ignore[arg-type]  # metadata

    async def one(self, connection: AsyncConnection, name: Owned) -> T:
        """Return one, or raise that there is none."""
        if found := await self._select(connection, self._table.get, key(name)):
            return found[0]
        raise self.missing(name)

    async def _add(self, connection: AsyncConnection, name: Owned, values: Values) -> T:
        """Add one, or raise that there are too many."""
        table, owned = self._table, key(name)
        await connection.execute(table.queue, owned)
        added = {**owned, **values, "maximum": table.maximum}
        if created := await self._select(connection, table.create, added):
            return created[0]
        raise table.too_many(maximum=table.maximum)

    async def _claim(
        self, connection: AsyncConnection, name: Owned, request: Request
    ) -> Owned | None:
        """Take a request's ID; return what the first try was about, if any."""
        target = {"resource_id": name.id}
        first = await REQUESTS.claim(connection, name.user_id, request, target)
        if first is None or not (id := first["resource_id"]):
            return None
        return type(name)(name.user_id, id)

    async def _select(
        self, connection: AsyncConnection, query: LiteralString, values: Values
    ) -> list[T]:
        cursor = connection.cursor(row_factory=class_row(self._table.row))
        await cursor.execute(query, values)
        return await cursor.fetchall()


def key(name: Owned) -> dict[str, Any]:
    """Name a row, its owner first."""
    return {"user_id": name.user_id, "id": name.id}
