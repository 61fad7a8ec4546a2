"""Roles in Postgres."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from services.auth.revocations.store import revoke_users
from services.auth.roles.model import BUILT_IN, Role, RoleInUse, RoleNotFound
from services.kit.postgres import Database

ROLE: LiteralString = "SELECT id, display_name, permissions FROM roles "

# The user's own role first, then a row for each group.
OF_USER: LiteralString = """
    SELECT NULL::uuid, %(role)s,
        (SELECT permissions FROM roles WHERE id = %(role)s)
    UNION ALL (
        SELECT groups.id, groups.role, roles.permissions
        FROM group_members
        JOIN groups ON groups.id = group_members.group_id
        LEFT JOIN roles ON roles.id = groups.role
        WHERE group_members.user_id = %(user_id)s
        ORDER BY groups.id)
"""

ADD: LiteralString = """
    INSERT INTO roles (id, display_name, permissions)
    VALUES (%(id)s, %(display_name)s, %(permissions)s)
    ON CONFLICT DO NOTHING
"""

CHANGE: LiteralString = """
    UPDATE roles SET display_name = %(display_name)s, permissions = %(permissions)s
    WHERE id = %(id)s
"""

RAISE_VERSIONS: LiteralString = """
    UPDATE users SET version = version + 1
    WHERE role = %(id)s OR id IN (
        SELECT user_id FROM group_members
        JOIN groups ON groups.id = group_members.group_id
        WHERE groups.role = %(id)s)
    RETURNING id, version
"""

LOCK: LiteralString = "SELECT FROM roles WHERE id = %s FOR UPDATE"
HOLD: LiteralString = "SELECT FROM roles WHERE id = %s FOR SHARE"

IN_USE: LiteralString = """
    SELECT EXISTS (SELECT FROM users WHERE role = %(id)s)
        OR EXISTS (SELECT FROM groups WHERE role = %(id)s)
        OR EXISTS (SELECT FROM invitations WHERE role = %(id)s
            AND accept_time IS NULL AND expire_time > now())
        OR EXISTS (SELECT FROM policy WHERE default_role = %(id)s
            OR %(id)s = ANY (factor_roles))
"""

DEFAULT: LiteralString = "SELECT FROM policy WHERE default_role = %s"

DELETE: LiteralString = "DELETE FROM roles WHERE id = %s"


class PostgresRoles:
    """Stores roles; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def role(self, id: str) -> Role | None:
        async with self._database.statement() as connection:
            cursor = await connection.execute(ROLE + "WHERE id = %s", [id])
            row = await cursor.fetchone()
            return to_role(row) if row else None

    async def all(self) -> Sequence[Role]:
        async with self._database.statement() as connection:
            cursor = await connection.execute(ROLE + "ORDER BY id")
            return [to_role(row) for row in await cursor.fetchall()]

    async def of_user(
        self, user_id: UUID, role: str
    ) -> Sequence[tuple[UUID | None, str | None, Sequence[str] | None]]:
        row = {"user_id": user_id, "role": role}
        async with self._database.statement() as connection:
            rows: list[Any] = await (await connection.execute(OF_USER, row)).fetchall()
            return rows

    async def is_default(self, id: str) -> bool:
        async with self._database.statement() as connection:
            return bool((await connection.execute(DEFAULT, [id])).rowcount)

    async def add(self, role: Role) -> bool:
        async with self._database.statement() as connection:
            return bool((await connection.execute(ADD, row_of(role))).rowcount)

    async def change(self, role: Role) -> bool:
        async with self._database.transaction() as connection:
            if not (await connection.execute(CHANGE, row_of(role))).rowcount:
                return False
            raised: list[Any] = await (
                await connection.execute(RAISE_VERSIONS, {"id": role.id})
            ).fetchall()
            await revoke_users(connection, raised)
            return True

    async def delete(self, id: str) -> bool:
        async with self._database.transaction() as connection:
            if not (await connection.execute(LOCK, [id])).rowcount:
                return False
            used = await (await connection.execute(IN_USE, {"id": id})).fetchone()
            if used and used[0]:
                raise RoleInUse(role=f"roles/{id}")
            await connection.execute(DELETE, [id])
            return True


def row_of(role: Role) -> dict[str, object]:
    """Return a role as a row."""
    return {
        "id": role.id,
        "display_name": role.display_name,
        "permissions": sorted(role.permissions),
    }


def to_role(row: TupleRow) -> Role:
    """Read a row."""
    id, display_name, permissions = row
    return Role(id, display_name, frozenset(permissions))


async def hold(connection: AsyncConnection, id: str) -> None:
    """Keep a role there until the transaction ends, or raise `RoleNotFound`."""
    if id not in BUILT_IN and not (await connection.execute(HOLD, [id])).rowcount:
        raise RoleNotFound(role=f"roles/{id}")
