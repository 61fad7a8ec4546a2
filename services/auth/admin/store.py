"""Users in Postgres, as who manages them sees and changes them."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.auth.admin.model import Outcome, Wanted
from services.auth.revocations.store import revoke_user
from services.auth.roles import store as roles
from services.auth.roles.model import LastOwner
from services.auth.users.model import User
from services.auth.users.store import LOCK_OWNERS, USER, is_last_owner
from services.kit.postgres import Database

PAGE: LiteralString = (
    USER
    + """
    WHERE (%(email_prefix)s::text IS NULL OR starts_with(email_key, %(email_prefix)s))
        AND (%(role)s::text IS NULL OR role = %(role)s)
        AND (%(disabled)s::boolean IS NULL
            OR (disabled_time IS NOT NULL) = %(disabled)s)
        AND (%(after)s::uuid IS NULL OR (create_time, id) < (
            SELECT create_time, id FROM users WHERE id = %(after)s))
    ORDER BY create_time DESC, id DESC LIMIT %(limit)s
"""
)

LOCK: LiteralString = USER + "WHERE id = %s FOR UPDATE"

SET_ROLE: LiteralString = """
    UPDATE users SET role = %(role)s, version = version + 1 WHERE id = %(id)s
"""

SET_DISABLED: LiteralString = """
    UPDATE users SET disabled_time = %(time)s, version = version + 1 WHERE id = %(id)s
"""


class PostgresDirectory:
    """Changes users; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: Wanted) -> Sequence[User]:
        row = {
            "email_prefix": wanted.email_prefix,
            "role": wanted.role,
            "disabled": wanted.disabled,
            "after": wanted.after,
            "limit": wanted.limit,
        }
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(User))
            return await (await cursor.execute(PAGE, row)).fetchall()

    async def set_role(self, user_id: UUID, role: str) -> Outcome | None:
        async with self._database.transaction() as connection:
            await roles.hold(connection, role)
            await connection.execute(LOCK_OWNERS)
            user = await locked(connection, user_id)
            if not user:
                return None
            if user.role == role:
                return Outcome(user, changed=False)
            if await is_last_owner(connection, user_id):
                raise LastOwner
            return await changed(
                connection, SET_ROLE, {"id": user_id, "role": role}, user_id
            )

    async def disable(self, user_id: UUID, now: datetime) -> Outcome | None:
        async with self._database.transaction() as connection:
            await connection.execute(LOCK_OWNERS)
            user = await locked(connection, user_id)
            if not user:
                return None
            if user.disabled_time:
                return Outcome(user, changed=False)
            if await is_last_owner(connection, user_id):
                raise LastOwner
            return await changed(
                connection, SET_DISABLED, {"id": user_id, "time": now}, user_id
            )

    async def enable(self, user_id: UUID) -> Outcome | None:
        async with self._database.transaction() as connection:
            user = await locked(connection, user_id)
            if not user:
                return None
            if not user.disabled_time:
                return Outcome(user, changed=False)
            return await changed(
                connection, SET_DISABLED, {"id": user_id, "time": None}, user_id
            )


async def locked(connection: AsyncConnection, user_id: UUID) -> User | None:
    """Return a user whom nobody else changes until the transaction ends."""
    cursor = connection.cursor(row_factory=class_row(User))
    return await (await cursor.execute(LOCK, [user_id])).fetchone()


async def changed(
    connection: AsyncConnection,
    query: LiteralString,
    row: dict[str, object],
    user_id: UUID,
) -> Outcome | None:
    """Change a user who is locked, and end the tokens from before."""
    await connection.execute(query, row)
    user = await locked(connection, user_id)
    if not user:
        return None
    await revoke_user(connection, user.id, user.version)
    return Outcome(user, changed=True)
