"""Provisioned users and groups in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from scim2_models.path import FilterNode

from services.auth.groups.model import Group
from services.auth.scim.filter_sql import GROUPS, USERS, condition
from services.auth.scim.model import (
    Person,
    Provisioned,
    Slice,
    Team,
    UserNameTaken,
    key_of,
)
from services.auth.users import store as users
from services.auth.users.model import User
from services.kit.postgres import Database

USER_COLUMNS: LiteralString = """
    SELECT users.id, users.email, users.email_key, users.display_name,
        users.password_hash, users.create_time, users.role, users.email_verified_time,
        users.disabled_time, users.version,
        coalesce(scim_users.user_name, users.email) AS user_name,
        scim_users.external_id, scim_users.given_name, scim_users.family_name,
        coalesce(scim_users.update_time, users.create_time) AS update_time,
        array(SELECT group_id FROM group_members WHERE user_id = users.id
            ORDER BY group_id) AS groups
"""

FROM_USERS: LiteralString = """
    FROM users LEFT JOIN scim_users ON scim_users.user_id = users.id
"""

GROUP_COLUMNS: LiteralString = """
    SELECT groups.id, groups.display_name, groups.role, groups.external_id,
        groups.create_time, groups.update_time,
        array(SELECT user_id FROM group_members WHERE group_id = groups.id
            ORDER BY user_id) AS members
"""

FROM_GROUPS: LiteralString = " FROM groups "

COUNT: LiteralString = "SELECT count(*) AS total "

# Also a user name that is another's address: nobody is found by two names.
TAKEN: LiteralString = """
    SELECT FROM users LEFT JOIN scim_users ON scim_users.user_id = users.id
    WHERE users.id <> %(id)s AND (users.email_key = %(email_key)s
        OR coalesce(scim_users.user_key, users.email_key) = %(user_key)s)
"""

# One after the other, so that the constraints need not decide.
LOCK_NAMES: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('users.add'))"

SAY: LiteralString = """
    INSERT INTO scim_users (user_id, user_name, user_key, external_id, given_name,
        family_name, update_time)
    VALUES (%(id)s, %(user_name)s, %(user_key)s, %(external_id)s, %(given_name)s,
        %(family_name)s, %(now)s)
    ON CONFLICT (user_id) DO UPDATE SET
        user_name = excluded.user_name,
        user_key = excluded.user_key,
        external_id = excluded.external_id,
        given_name = excluded.given_name,
        family_name = excluded.family_name,
        update_time = excluded.update_time
"""

REPLACE: LiteralString = """
    UPDATE users SET email = %(email)s, email_key = %(email_key)s,
        display_name = %(display_name)s
    WHERE id = %(id)s
"""


class PostgresScim:
    """Stores what is provisioned; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def user(self, user_id: UUID) -> Provisioned | None:
        query = USER_COLUMNS + FROM_USERS + " WHERE users.id = %s"
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            row = await (await cursor.execute(query, [user_id])).fetchone()
            return to_provisioned(row) if row else None

    async def users(
        self, fits: FilterNode | None, part: Slice
    ) -> tuple[int, Sequence[Provisioned]]:
        where, parameters = condition(fits, USERS)
        source = FROM_USERS + " WHERE " + where
        order: LiteralString = " ORDER BY users.create_time, users.id"
        total, rows = await self._part(
            COUNT + source, USER_COLUMNS + source + order, parameters, part
        )
        return total, [to_provisioned(row) for row in rows]

    async def add(self, user: User, person: Person) -> None:
        async with self._database.transaction() as connection:
            await free(connection, user.id, person)
            if not await users.add(connection, user, request_id=None):
                raise UserNameTaken
            row = row_of(user.id, person, user.create_time)
            await connection.execute(SAY, row)

    async def replace(self, user_id: UUID, person: Person, now: datetime) -> bool:
        row = row_of(user_id, person, now)
        async with self._database.transaction() as connection:
            await free(connection, user_id, person)
            if not (await connection.execute(REPLACE, row)).rowcount:
                return False
            await connection.execute(SAY, row)
            return True

    async def teams(
        self, fits: FilterNode | None, part: Slice
    ) -> tuple[int, Sequence[Team]]:
        where, parameters = condition(fits, GROUPS)
        source = FROM_GROUPS + " WHERE " + where
        order: LiteralString = " ORDER BY groups.create_time, groups.id"
        total, rows = await self._part(
            COUNT + source, GROUP_COLUMNS + source + order, parameters, part
        )
        return total, [to_team(row) for row in rows]

    async def team(self, group_id: UUID) -> Team | None:
        query = GROUP_COLUMNS + FROM_GROUPS + " WHERE groups.id = %s"
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            row = await (await cursor.execute(query, [group_id])).fetchone()
            return to_team(row) if row else None

    async def _part(
        self,
        count: LiteralString,
        query: LiteralString,
        parameters: list[str | None],
        part: Slice,
    ) -> tuple[int, Sequence[dict[str, Any]]]:
        async with self._database.transaction() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            found = await (await cursor.execute(count, parameters)).fetchone()
            bounds = [part.start - 1, part.count]
            rows = await cursor.execute(
                query + " OFFSET %s LIMIT %s", [*parameters, *bounds]
            )
            return found["total"] if found else 0, await rows.fetchall()


async def free(connection: AsyncConnection, user_id: UUID, person: Person) -> None:
    """Refuse a name or an address that is another's."""
    await connection.execute(LOCK_NAMES)
    row = {
        "id": user_id,
        "email_key": person.email.key,
        "user_key": key_of(person.user_name),
    }
    if (await connection.execute(TAKEN, row)).rowcount:
        raise UserNameTaken


def row_of(user_id: UUID, person: Person, now: datetime) -> dict[str, object]:
    """Return what is said of a user as a row."""
    return {
        "id": user_id,
        "user_name": person.user_name,
        "user_key": key_of(person.user_name),
        "external_id": person.external_id,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email.text,
        "email_key": person.email.key,
        "display_name": person.display_name,
        "now": now,
    }


SAID = ("user_name", "external_id", "given_name", "family_name", "update_time")


def to_provisioned(row: dict[str, Any]) -> Provisioned:
    """Read a row."""
    said = {name: row.pop(name) for name in (*SAID, "groups")}
    return Provisioned(user=User(**row), **said)


def to_team(row: dict[str, Any]) -> Team:
    """Read a row."""
    members = row.pop("members")
    return Team(Group(**row), members)
