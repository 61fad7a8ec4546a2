"""Identities, and people on their way to a provider, in Postgres."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection, Rollback
from psycopg.rows import class_row

from services.auth.identities.model import (
    MAX_IDENTITIES,
    Flow,
    Identity,
    Person,
    TooManyIdentities,
)
from services.auth.users import store as users
from services.auth.users.model import LastWayIn, User
from services.kit.pages import Page
from services.kit.postgres import Database

SWEEP = 20  # expired flows that each new one takes away

BEGIN: LiteralString = """
    INSERT INTO identity_flows (state_hash, browser_hash, provider, purpose, user_id,
        next, create_time, expire_time)
    VALUES (%(state_hash)s, %(browser_hash)s, %(provider)s, %(purpose)s, %(user_id)s,
        %(next)s, %(create_time)s, %(expire_time)s)
"""

SWEEP_EXPIRED: LiteralString = """
    DELETE FROM identity_flows WHERE state_hash IN (
        SELECT state_hash FROM identity_flows WHERE expire_time < %(now)s
        ORDER BY expire_time LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""

# Of many at the same time, one sees the row go.
END: LiteralString = """
    DELETE FROM identity_flows
    WHERE state_hash = %(state_hash)s AND browser_hash = %(browser_hash)s
    RETURNING state_hash, browser_hash, provider, purpose, user_id, next, create_time
"""

COLUMNS: LiteralString = """
    id, user_id, provider, issuer, subject, label, create_time, last_use_time
"""

# The constraint `identities_subject_unique` decides whose it is.
ADD: LiteralString = """
    INSERT INTO identities (id, user_id, provider, issuer, subject, label, create_time,
        last_use_time)
    VALUES (%(id)s, %(user_id)s, %(provider)s, %(issuer)s, %(subject)s, %(label)s,
        %(create_time)s, %(last_use_time)s)
    ON CONFLICT DO NOTHING
"""

USED: LiteralString = f"""
    UPDATE identities SET last_use_time = %(now)s
    WHERE issuer = %(issuer)s AND subject = %(subject)s
    RETURNING {COLUMNS}
"""

LIST: LiteralString = f"""
    SELECT {COLUMNS} FROM identities
    WHERE user_id = %(user_id)s
        AND (%(after)s::uuid IS NULL OR id > %(after)s)
    ORDER BY id LIMIT %(limit)s
"""

COUNT: LiteralString = "SELECT count(*) FROM identities WHERE user_id = %s"

# One change of a user's ways in after the other.
LOCK: LiteralString = """
    SELECT password_hash IS NOT NULL FROM users WHERE id = %s FOR UPDATE
"""

OTHERS: LiteralString = """
    SELECT EXISTS (SELECT FROM identities
        WHERE user_id = %(user_id)s AND id <> %(id)s AND provider = ANY(%(usable)s))
"""

HAS: LiteralString = """
    SELECT EXISTS (SELECT FROM identities
        WHERE user_id = %(user_id)s AND provider = ANY(%(usable)s))
"""

DELETE: LiteralString = f"""
    DELETE FROM identities WHERE id = %(id)s AND user_id = %(user_id)s
    RETURNING {COLUMNS}
"""


class PostgresFlows:
    """Stores who has left for a provider; no secret of theirs, but hashes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, flow: Flow) -> None:
        row = {
            "state_hash": flow.state_hash,
            "browser_hash": flow.browser_hash,
            "provider": flow.provider,
            "purpose": flow.purpose,
            "user_id": flow.user_id,
            "next": flow.next,
            "create_time": flow.create_time,
            "expire_time": flow.expire_time,
        }
        async with self._database.transaction() as connection:
            await connection.execute(
                SWEEP_EXPIRED, {"now": flow.create_time, "limit": SWEEP}
            )
            await connection.execute(BEGIN, row)

    async def end(self, state_hash: bytes, browser_hash: bytes) -> Flow | None:
        row = {"state_hash": state_hash, "browser_hash": browser_hash}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Flow))
            return await (await cursor.execute(END, row)).fetchone()


class PostgresIdentities:
    """Stores identities; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def used(self, person: Person, now: datetime) -> Identity | None:
        row = {"issuer": person.issuer, "subject": person.subject, "now": now}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Identity))
            return await (await cursor.execute(USED, row)).fetchone()

    async def add(self, identity: Identity) -> bool:
        async with self._database.transaction() as connection:
            await connection.execute(LOCK, [identity.user_id])
            cursor = await connection.execute(COUNT, [identity.user_id])
            count = await cursor.fetchone()
            if not await add(connection, identity):
                return False
            if count and count[0] >= MAX_IDENTITIES:
                raise TooManyIdentities(limit=MAX_IDENTITIES)
            return True

    async def add_user(self, user: User, identity: Identity) -> User | None:
        async with self._database.transaction() as connection:
            async with connection.transaction():
                added = await users.add(connection, user, request_id=None)
                if added and await add(connection, identity):
                    return added
                raise Rollback
            return None

    async def list(self, user_id: UUID, page: Page) -> list[Identity]:
        (after,) = page.after or (None,)
        row = {"user_id": user_id, "after": after, "limit": page.size + 1}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Identity))
            return await (await cursor.execute(LIST, row)).fetchall()

    async def has(self, user_id: UUID, *, usable: set[str]) -> bool:
        row = {"user_id": user_id, "usable": sorted(usable)}
        async with self._database.statement() as connection:
            found = await (await connection.execute(HAS, row)).fetchone()
            return bool(found and found[0])

    async def delete(
        self,
        user_id: UUID,
        identity_id: UUID,
        *,
        usable: set[str],
        others: Callable[[], Awaitable[bool]],
    ) -> Identity | None:
        row = {"user_id": user_id, "id": identity_id, "usable": sorted(usable)}
        async with self._database.transaction() as connection:
            found = await (await connection.execute(LOCK, [user_id])).fetchone()
            has_password = bool(found and found[0])
            cursor = connection.cursor(row_factory=class_row(Identity))
            deleted = await (await cursor.execute(DELETE, row)).fetchone()
            left = await (await connection.execute(OTHERS, row)).fetchone()
            others_left = has_password or (left and left[0]) or await others()
            if deleted and not others_left:
                raise LastWayIn
            return deleted


async def add(connection: AsyncConnection, identity: Identity) -> bool:
    """Store an identity; False if somebody has it."""
    row = {
        "id": identity.id,
        "user_id": identity.user_id,
        "provider": identity.provider,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "label": identity.label,
        "create_time": identity.create_time,
        "last_use_time": identity.last_use_time,
    }
    return bool((await connection.execute(ADD, row)).rowcount)
