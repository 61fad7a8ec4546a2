"""Holds: what is set aside for what another service does."""

from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.chat.names import HoldName
from services.chat.usage.budgets import Budgets
from services.chat.usage.model import Hold, HoldNotFound, Used
from services.chat.usage.store import extend, release, reserve, settle
from services.kit.clock import Clock, utc_now
from services.kit.postgres import Database

LIFE: LiteralString = "interval '10 minutes'"
BATCH = 100  # holds that are settled in one go

COLUMNS: LiteralString = """
    model, input_tokens, output_tokens, reserved_tokens, reserved_micros,
    reserved_date, expire_time
"""

FIND: LiteralString = f"""
    SELECT {COLUMNS} FROM holds
    WHERE user_id = %(user_id)s AND id = %(id)s FOR UPDATE
"""

CREATE: LiteralString = f"""
    INSERT INTO holds (
        user_id, id, model, input_tokens, reserved_tokens, reserved_micros,
        reserved_date, expire_time
    ) VALUES (
        %(user_id)s, %(id)s, %(model)s, %(input_tokens)s, %(tokens)s, %(micros)s,
        %(day)s, now() + {LIFE}
    ) RETURNING {COLUMNS}
"""

EXTEND: LiteralString = f"""
    UPDATE holds SET
        input_tokens = %(input_tokens)s, output_tokens = %(output_tokens)s,
        reserved_tokens = reserved_tokens + %(tokens)s,
        reserved_micros = reserved_micros + %(micros)s,
        expire_time = now() + {LIFE}
    WHERE user_id = %(user_id)s AND id = %(id)s RETURNING {COLUMNS}
"""

DELETE: LiteralString = f"""
    DELETE FROM holds WHERE user_id = %(user_id)s AND id = %(id)s
      AND (expire_time < now() OR NOT %(expired)s) RETURNING {COLUMNS}
"""

EXPIRED: LiteralString = """
    SELECT user_id, id FROM holds WHERE expire_time < now()
    ORDER BY expire_time LIMIT %(limit)s
"""


class PostgresHolds:
    """Keeps holds; one method is one transaction."""

    def __init__(
        self, database: Database, budgets: Budgets, *, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._budgets = budgets
        self._clock = clock

    async def create(
        self, name: HoldName, model: str, *, input_tokens: int, wanted: int
    ) -> Hold:
        want = self._budgets.want(
            model, input_tokens=input_tokens, output_tokens=wanted
        )
        async with self._database.transaction() as connection:
            if found := await one(connection, FIND, key(name)):
                return found
            set_aside = await reserve(
                connection,
                name.user_id,
                want,
                limits=self._budgets.limits,
                now=self._clock(),
            )
            values = {
                **key(name),
                "model": model,
                "input_tokens": input_tokens,
                "tokens": set_aside.tokens,
                "micros": set_aside.micros,
                "day": set_aside.date,
            }
            created = await one(connection, CREATE, values)
            assert created, "it was not there"
            return created

    async def extend(
        self, name: HoldName, *, input_tokens: int, output_tokens: int, wanted: int
    ) -> Hold:
        values: dict[str, Any] = {
            **key(name),
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "tokens": 0,
            "micros": 0,
        }
        async with self._database.transaction() as connection:
            hold = await one(connection, FIND, values)
            if hold is None:
                raise HoldNotFound(hold=name)
            further = self._budgets.further(
                hold.model, hold.reserved, input_tokens=input_tokens, wanted=wanted
            )
            if further:
                more = await extend(
                    connection,
                    name.user_id,
                    further,
                    limits=self._budgets.limits,
                    day=hold.reserved_date,
                )
                values |= {"tokens": more.tokens, "micros": more.micros}
            extended = await one(connection, EXTEND, values)
            assert extended, "it is locked"
            return extended

    async def settle(self, name: HoldName, used: Used, *, model: str) -> None:
        values = {**key(name), "expired": False}
        async with self._database.transaction() as connection:
            if hold := await one(connection, DELETE, values):
                await self._charge(connection, name, hold, used, model=model)

    async def settle_expired(self) -> int:
        """Settle what nobody settled, as far as it was told; return how many."""
        async with self._database.statement() as connection:
            cursor = await connection.execute(EXPIRED, {"limit": BATCH})
            names = [HoldName(*row) for row in await cursor.fetchall()]
        for name in names:
            values = {**key(name), "expired": True}
            async with self._database.transaction() as connection:
                if hold := await one(connection, DELETE, values):
                    used = Used(hold.input_tokens, hold.output_tokens, estimated=True)
                    await self._charge(connection, name, hold, used, model=hold.model)
        return len(names)

    async def _charge(
        self,
        connection: AsyncConnection,
        name: HoldName,
        hold: Hold,
        used: Used,
        *,
        model: str,
    ) -> None:
        if not used.input_tokens and not used.output_tokens:
            if hold.reserved.tokens:
                await release(connection, name.user_id, hold.reserved)
            return
        await settle(
            connection,
            name,
            used,
            model=model,
            cost=self._budgets.cost(model, used, asked=hold.model),
            reserved=hold.reserved,
        )


async def one(
    connection: AsyncConnection, statement: LiteralString, values: dict[str, Any]
) -> Hold | None:
    """Return the hold that a statement is about."""
    cursor = connection.cursor(row_factory=class_row(Hold))
    await cursor.execute(statement, values)
    return await cursor.fetchone()


def key(name: HoldName) -> dict[str, Any]:
    """Return the values that say which hold."""
    return {"user_id": name.user_id, "id": name.id}
