"""Groups in Postgres."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.auth.groups.model import (
    MAX_GROUPS,
    MAX_GROUPS_OF_USER,
    Group,
    GroupTaken,
    Membership,
    TooManyGroups,
)
from services.auth.revocations.store import revoke_users
from services.auth.roles import store as roles
from services.auth.users.model import UserNotFound
from services.kit.postgres import Database

COLUMNS: LiteralString = "id, display_name, role, external_id, create_time, update_time"

GROUP: LiteralString = f"SELECT {COLUMNS} FROM groups WHERE id = %s"

PAGE: LiteralString = f"""
    SELECT {COLUMNS} FROM groups
    WHERE %(after)s::uuid IS NULL OR (create_time, id) < (
        SELECT create_time, id FROM groups WHERE id = %(after)s)
    ORDER BY create_time DESC, id DESC LIMIT %(limit)s
"""

PAGE_OF: LiteralString = f"""
    SELECT {COLUMNS} FROM groups
    WHERE id IN (SELECT group_id FROM group_members WHERE user_id = %(user_id)s)
        AND (%(after)s::uuid IS NULL OR (create_time, id) < (
            SELECT create_time, id FROM groups WHERE id = %(after)s))
    ORDER BY create_time DESC, id DESC LIMIT %(limit)s
"""

ADD: LiteralString = """
    INSERT INTO groups (id, display_name, display_key, role, external_id, create_time,
        update_time)
    VALUES (%(id)s, %(display_name)s, %(display_key)s, %(role)s, %(external_id)s,
        %(create_time)s, %(update_time)s)
    ON CONFLICT DO NOTHING
"""

COUNT: LiteralString = "SELECT count(*) FROM groups"
THERE: LiteralString = "SELECT FROM groups WHERE id = %s"
NAMED: LiteralString = "SELECT FROM groups WHERE display_key = %s AND id <> %s"
LOCK: LiteralString = "SELECT role FROM groups WHERE id = %s FOR UPDATE"
# One after the other, so that the constraint on names need not decide.
LOCK_NAMES: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('groups.names'))"

CHANGE: LiteralString = """
    UPDATE groups SET display_name = %(display_name)s, display_key = %(display_key)s,
        role = %(role)s, external_id = %(external_id)s, update_time = %(update_time)s
    WHERE id = %(id)s
"""

DELETE: LiteralString = "DELETE FROM groups WHERE id = %s"

MEMBERS: LiteralString = """
    SELECT user_id FROM group_members
    WHERE group_id = %(group_id)s AND (%(after)s::uuid IS NULL OR user_id > %(after)s)
    ORDER BY user_id LIMIT %(limit)s
"""

OF_USERS: LiteralString = """
    SELECT user_id, group_id FROM group_members WHERE user_id = ANY (%s)
    ORDER BY user_id, group_id
"""

RAISE_MEMBERS: LiteralString = """
    UPDATE users SET version = version + 1
    WHERE id IN (SELECT user_id FROM group_members WHERE group_id = %s)
    RETURNING id, version
"""

RAISE: LiteralString = """
    UPDATE users SET version = version + 1 WHERE id = ANY (%s) RETURNING id, version
"""

# Who is locked is there until the end, and in no other group meanwhile.
LOCK_USERS: LiteralString = """
    SELECT id FROM users WHERE id = ANY (%s) ORDER BY id FOR UPDATE
"""

JOIN: LiteralString = """
    INSERT INTO group_members (group_id, user_id)
    SELECT %(group_id)s, unnest(%(users)s::uuid[])
    ON CONFLICT DO NOTHING
    RETURNING user_id
"""

FULL: LiteralString = """
    SELECT user_id FROM group_members WHERE user_id = ANY (%(users)s)
    GROUP BY user_id HAVING count(*) > %(limit)s LIMIT 1
"""

LEAVE: LiteralString = """
    DELETE FROM group_members
    WHERE group_id = %(group_id)s
        AND (%(leave)s::uuid[] IS NULL OR user_id = ANY (%(leave)s))
        AND user_id <> ALL (%(join)s)
    RETURNING user_id
"""

TOUCH: LiteralString = "UPDATE groups SET update_time = %s WHERE id = %s"


class PostgresGroups:
    """Stores groups; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def group(self, group_id: UUID) -> Group | None:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Group))
            return await (await cursor.execute(GROUP, [group_id])).fetchone()

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[Group]:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Group))
            row = {"after": after, "limit": limit}
            return await (await cursor.execute(PAGE, row)).fetchall()

    async def page_of(
        self, user_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[Group]:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Group))
            row = {"user_id": user_id, "after": after, "limit": limit}
            return await (await cursor.execute(PAGE_OF, row)).fetchall()

    async def add(self, group: Group) -> bool:
        async with self._database.transaction() as connection:
            await connection.execute(LOCK_NAMES)
            if (await connection.execute(THERE, [group.id])).rowcount:
                return False
            count = await (await connection.execute(COUNT)).fetchone()
            if count and count[0] >= MAX_GROUPS:
                raise TooManyGroups
            await self._write(connection, ADD, group)
            return True

    async def change(self, group: Group, *, role: bool) -> bool:
        async with self._database.transaction() as connection:
            await connection.execute(LOCK_NAMES)
            was = await (await connection.execute(LOCK, [group.id])).fetchone()
            if not was:
                return False
            # It may have another one since it was read, or none.
            group = group if role else replace(group, role=was[0])
            await self._write(connection, CHANGE, group)
            if was[0] != group.role:
                await raise_versions(connection, RAISE_MEMBERS, [group.id])
            return True

    async def _write(
        self, connection: AsyncConnection, query: LiteralString, group: Group
    ) -> None:
        if group.role:
            await roles.hold(connection, group.role)
        name = [group.display_key, group.id]
        if (await connection.execute(NAMED, name)).rowcount:
            raise GroupTaken
        await connection.execute(query, row_of(group))

    async def delete(self, group_id: UUID) -> bool:
        async with self._database.transaction() as connection:
            if not (await connection.execute(LOCK, [group_id])).rowcount:
                return False
            await raise_versions(connection, RAISE_MEMBERS, [group_id])
            await connection.execute(DELETE, [group_id])
            return True

    async def members(
        self, group_id: UUID, *, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        row = {"group_id": group_id, "after": after, "limit": limit}
        async with self._database.statement() as connection:
            return ids(await (await connection.execute(MEMBERS, row)).fetchall())

    async def of_users(self, users: Collection[UUID]) -> dict[UUID, list[UUID]]:
        found: dict[UUID, list[UUID]] = {}
        async with self._database.statement() as connection:
            cursor = await connection.execute(OF_USERS, [list(users)])
            for user, group in await cursor.fetchall():
                found.setdefault(user, []).append(group)
        return found

    async def change_members(
        self,
        group_id: UUID,
        *,
        join: Collection[UUID],
        leave: Collection[UUID] | None,
        now: datetime,
    ) -> Membership | None:
        async with self._database.transaction() as connection:
            if not (await connection.execute(LOCK, [group_id])).rowcount:
                return None
            joined = await take_in(connection, group_id, join)
            row = {
                "group_id": group_id,
                "join": list(join),
                "leave": None if leave is None else list(leave),
            }
            left = ids(await (await connection.execute(LEAVE, row)).fetchall())
            both = [*joined, *left]
            if both:
                await connection.execute(TOUCH, [now, group_id])
            await raise_versions(connection, RAISE, [both])
            return Membership(joined, left)


async def take_in(
    connection: AsyncConnection, group_id: UUID, users: Collection[UUID]
) -> Sequence[UUID]:
    """Take users into a group and return who was not in it (`TooManyGroups`)."""
    wanted = list(users)
    there = ids(await (await connection.execute(LOCK_USERS, [wanted])).fetchall())
    if missing := set(wanted) - set(there):
        raise UserNotFound(user=f"users/{min(missing)}")
    row = {"group_id": group_id, "users": wanted}
    joined = ids(await (await connection.execute(JOIN, row)).fetchall())
    row = {"users": joined, "limit": MAX_GROUPS_OF_USER}
    if (await connection.execute(FULL, row)).rowcount:
        raise TooManyGroups
    return joined


async def raise_versions(
    connection: AsyncConnection, query: LiteralString, row: Sequence[Any]
) -> None:
    """Count users' versions on, and end the tokens of the earlier ones."""
    raised: list[Any] = await (await connection.execute(query, row)).fetchall()
    await revoke_users(connection, raised)


def ids(rows: Sequence[tuple[Any, ...]]) -> list[UUID]:
    """Read the first column."""
    return [row[0] for row in rows]


def row_of(group: Group) -> dict[str, object]:
    """Return a group as a row."""
    return {
        "id": group.id,
        "display_name": group.display_name,
        "display_key": group.display_key,
        "role": group.role,
        "external_id": group.external_id,
        "create_time": group.create_time,
        "update_time": group.update_time,
    }
