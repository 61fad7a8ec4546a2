"""Invitations in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.auth.groups.model import GroupNotFound
from services.auth.invitations.model import (
    Admission,
    Invitation,
    InvitationEnded,
)
from services.auth.roles import store as roles
from services.kit.postgres import Database

COLUMNS: LiteralString = """
    id, email, email_key, domain, role, groups, creator, create_time, expire_time
"""

ADD: LiteralString = f"""
    INSERT INTO invitations ({COLUMNS}, token_hash)
    VALUES (%(id)s, %(email)s, %(email_key)s, %(domain)s, %(role)s, %(groups)s,
        %(creator)s, %(create_time)s, %(expire_time)s, %(token_hash)s)
    ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash
        WHERE invitations.creator = excluded.creator
            AND invitations.accept_time IS NULL
            AND (invitations.email_key, invitations.domain, invitations.role,
                invitations.groups) IS NOT DISTINCT FROM (excluded.email_key,
                excluded.domain, excluded.role, excluded.groups)
    RETURNING {COLUMNS}
"""

SWEEP: LiteralString = """
    DELETE FROM invitations WHERE expire_time <= %s
"""

MISSING_GROUP: LiteralString = """
    SELECT wanted FROM unnest(%s::uuid[]) AS wanted
    WHERE NOT EXISTS (SELECT FROM groups WHERE id = wanted) LIMIT 1
"""

OF_TOKEN: LiteralString = f"""
    SELECT {COLUMNS} FROM invitations
    WHERE token_hash = %s AND accept_time IS NULL AND expire_time > %s
"""

PAGE: LiteralString = f"""
    SELECT {COLUMNS} FROM invitations
    WHERE accept_time IS NULL AND expire_time > %(now)s
        AND (%(after)s::uuid IS NULL OR (create_time, id) < (
            SELECT create_time, id FROM invitations WHERE id = %(after)s))
    ORDER BY create_time DESC, id DESC LIMIT %(limit)s
"""

DELETE: LiteralString = "DELETE FROM invitations WHERE id = %s AND accept_time IS NULL"

# Who comes second finds it accepted. For whom it was, the user says, and takes along.
ACCEPT: LiteralString = """
    UPDATE invitations SET accept_time = %(now)s, email = NULL, email_key = NULL
    WHERE id = %(id)s AND accept_time IS NULL AND expire_time > %(now)s
"""

# Groups that are gone by now are left out.
JOIN: LiteralString = """
    INSERT INTO group_members (group_id, user_id)
    SELECT id, %(user_id)s FROM groups WHERE id = ANY (%(groups)s)
"""


class PostgresInvitations:
    """Stores invitations; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, invitation: Invitation, token_hash: bytes) -> Invitation | None:
        row = {
            "id": invitation.id,
            "email": invitation.email,
            "email_key": invitation.email_key,
            "domain": invitation.domain,
            "role": invitation.role,
            "groups": list(invitation.groups),
            "creator": invitation.creator,
            "create_time": invitation.create_time,
            "expire_time": invitation.expire_time,
            "token_hash": token_hash,
        }
        async with self._database.transaction() as connection:
            if invitation.role:
                await roles.hold(connection, invitation.role)
            groups = [list(invitation.groups)]
            missing = await (await connection.execute(MISSING_GROUP, groups)).fetchone()
            if missing:
                raise GroupNotFound(group=f"groups/{missing[0]}")
            await connection.execute(SWEEP, [invitation.create_time])
            cursor = connection.cursor(row_factory=class_row(Invitation))
            return await (await cursor.execute(ADD, row)).fetchone()

    async def of_token(self, token_hash: bytes, now: datetime) -> Invitation | None:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Invitation))
            found = await cursor.execute(OF_TOKEN, [token_hash, now])
            return await found.fetchone()

    async def page(
        self, now: datetime, *, after: UUID | None, limit: int
    ) -> Sequence[Invitation]:
        row = {"now": now, "after": after, "limit": limit}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Invitation))
            return await (await cursor.execute(PAGE, row)).fetchall()

    async def delete(self, invitation_id: UUID) -> bool:
        async with self._database.statement() as connection:
            return bool((await connection.execute(DELETE, [invitation_id])).rowcount)


async def redeem(
    connection: AsyncConnection, user_id: UUID, admission: Admission, now: datetime
) -> None:
    """Use an invitation up for a new user, if it takes one, or `InvitationEnded`."""
    if not admission.invitation_id:
        return
    row = {"id": admission.invitation_id, "now": now}
    if not (await connection.execute(ACCEPT, row)).rowcount:
        raise InvitationEnded
    joining = {"user_id": user_id, "groups": list(admission.groups)}
    await connection.execute(JOIN, joining)
