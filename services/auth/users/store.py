"""Users in Postgres."""

from dataclasses import replace
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.auth.revocations.store import revoke_user
from services.auth.roles.model import FIRST_ROLE, LastOwner
from services.auth.users.model import User
from services.kit.postgres import Database

# Addresses that nobody can have (RFC 2606): what tries a system out signs up with one,
# and must not own it.
NOBODYS = "%.example"

# The constraints `users_email_key_unique` and `users_request_id_unique` decide. The
# conflict is no error, because Postgres would write the address into its log.
ADD: LiteralString = """
    INSERT INTO users (id, email, email_key, display_name, password_hash, request_id,
        create_time, role, email_verified_time)
    SELECT %(id)s, %(email)s, %(email_key)s, %(display_name)s, %(password_hash)s,
        %(request_id)s, %(create_time)s,
        CASE WHEN %(email_key)s LIKE %(nobodys)s
            OR EXISTS (SELECT FROM users WHERE email_key NOT LIKE %(nobodys)s)
            THEN %(role)s ELSE %(first_role)s END,
        %(email_verified_time)s
    ON CONFLICT DO NOTHING
    RETURNING role
"""

# One after the other, so that one alone is the first.
LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('users.add'))"

COLUMNS: LiteralString = """
    id, email, email_key, display_name, password_hash, create_time, role,
        email_verified_time, disabled_time, version
"""

USER: LiteralString = f"SELECT {COLUMNS} FROM users "

RENAME: LiteralString = f"""
    UPDATE users SET display_name = %(name)s WHERE id = %(id)s RETURNING {COLUMNS}
"""

REPLACE_HASH: LiteralString = """
    UPDATE users SET password_hash = %(new)s
    WHERE id = %(id)s AND password_hash = %(old)s
"""

ANY: LiteralString = "SELECT EXISTS (SELECT FROM users)"

# One after the other, so that two owners do not go at the same time.
LOCK_OWNERS: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('users.owners'))"

# A disabled owner owns nothing.
LAST_OWNER: LiteralString = """
    SELECT EXISTS (SELECT FROM users
            WHERE id = %(id)s AND role = %(owner)s AND disabled_time IS NULL)
        AND NOT EXISTS (SELECT FROM users
            WHERE id <> %(id)s AND role = %(owner)s AND disabled_time IS NULL)
        AND EXISTS (SELECT FROM users WHERE id <> %(id)s)
"""

DELETE: LiteralString = "DELETE FROM users WHERE id = %s"


class PostgresUsers:
    """Stores users; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def user(self, user_id: UUID) -> User | None:
        return await self._user(USER + "WHERE id = %s", user_id)

    async def user_of_email(self, email_key: str) -> User | None:
        return await self._user(USER + "WHERE email_key = %s", email_key)

    async def user_of_request(self, request_id: UUID) -> User | None:
        return await self._user(USER + "WHERE request_id = %s", request_id)

    async def rename(self, user_id: UUID, display_name: str) -> User | None:
        row = {"id": user_id, "name": display_name}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(User))
            return await (await cursor.execute(RENAME, row)).fetchone()

    async def _user(self, query: LiteralString, key: UUID | str) -> User | None:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(User))
            return await (await cursor.execute(query, [key])).fetchone()

    async def replace_hash(self, user: User, password_hash: str) -> None:
        row = {"id": user.id, "old": user.password_hash, "new": password_hash}
        async with self._database.statement() as connection:
            await connection.execute(REPLACE_HASH, row)

    async def any(self) -> bool:
        async with self._database.statement() as connection:
            row = await (await connection.execute(ANY)).fetchone()
            return bool(row and row[0])

    async def is_last_owner(self, user_id: UUID) -> bool:
        async with self._database.statement() as connection:
            return await is_last_owner(connection, user_id)

    async def delete(self, user_id: UUID) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(LOCK_OWNERS)
            if await is_last_owner(connection, user_id):
                raise LastOwner
            if (await connection.execute(DELETE, [user_id])).rowcount:
                await revoke_user(connection, user_id)


async def is_last_owner(connection: AsyncConnection, user_id: UUID) -> bool:
    """Tell whether nobody would own the installation without a user, of several."""
    row = {"id": user_id, "owner": FIRST_ROLE}
    found = await (await connection.execute(LAST_OWNER, row)).fetchone()
    return bool(found and found[0])


async def add(
    connection: AsyncConnection, user: User, *, request_id: UUID | None
) -> User | None:
    """
    Store a user and return it as stored; None if the address or the request ID is.

    Who comes first owns the installation, whatever the role asked for, unless the
    address is one that nobody can have.
    """
    row = {
        "id": user.id,
        "email": user.email,
        "email_key": user.email_key,
        "display_name": user.display_name,
        "password_hash": user.password_hash,
        "request_id": request_id,
        "create_time": user.create_time,
        "role": user.role,
        "first_role": FIRST_ROLE,
        "nobodys": NOBODYS,
        "email_verified_time": user.email_verified_time,
    }
    await connection.execute(LOCK)
    added = await (await connection.execute(ADD, row)).fetchone()
    return replace(user, role=added[0]) if added else None
