"""Revocations in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import LiteralString, get_args
from uuid import UUID

from psycopg import AsyncConnection

from services.auth.revocations.feed import TOPIC
from services.kit.postgres import Database, announce
from services.kit.revocations import EVERY, LIFE_SECONDS, Kind, Revoked

KINDS = frozenset(get_args(Kind))
SWEEP = 10  # old ones that a new one takes away: more than it leaves

ADD: LiteralString = """
    INSERT INTO revocations (kind, id, version)
    VALUES (%(kind)s, %(id)s, %(version)s)
"""

ADD_USERS: LiteralString = """
    INSERT INTO revocations (kind, id, version)
    SELECT 'user', unnest(%(ids)s::text[]), unnest(%(versions)s::bigint[])
"""

SWEEP_OLD: LiteralString = """
    DELETE FROM revocations WHERE seq IN (
        SELECT seq FROM revocations
        WHERE time <= clock_timestamp() - %(life)s::interval
        ORDER BY time LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""

SINCE: LiteralString = """
    SELECT seq, kind, id, version FROM revocations
    WHERE time > clock_timestamp() - %s::interval ORDER BY seq
"""


class PostgresRevocations:
    """Stores revocations; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def session(self, session_id: UUID) -> None:
        async with self._database.transaction() as connection:
            await revoke_session(connection, session_id)

    async def user(self, user_id: UUID, *, version: int) -> None:
        async with self._database.transaction() as connection:
            await revoke_user(connection, user_id, version)

    async def key(self, key_id: UUID) -> None:
        async with self._database.transaction() as connection:
            await revoke_key(connection, key_id)

    async def token(self, token_id: UUID) -> None:
        async with self._database.transaction() as connection:
            await _add(connection, "token", str(token_id))

    async def since(self, age: timedelta) -> Mapping[int, Revoked]:
        async with self._database.statement() as connection:
            rows = await (await connection.execute(SINCE, [age])).fetchall()
        # What a newer version revokes besides, in an upgrade, is for that one to tell.
        return {
            seq: Revoked(kind, id, version)
            for seq, kind, id, version in rows
            if kind in KINDS
        }


async def revoke_session(connection: AsyncConnection, session_id: UUID) -> None:
    """Revoke a session's access tokens, in the transaction that ends it."""
    await _add(connection, "session", str(session_id))


async def revoke_user(
    connection: AsyncConnection, user_id: UUID, version: int = EVERY
) -> None:
    """Revoke a user's older tokens, in the transaction that changes or deletes them."""
    await _add(connection, "user", str(user_id), version)


async def revoke_users(
    connection: AsyncConnection, versions: Sequence[tuple[UUID, int]]
) -> None:
    """Revoke the older tokens of several users, who are of these versions now."""
    if not versions:
        return
    row = {
        "ids": [str(user_id) for user_id, _ in versions],
        "versions": [version for _, version in versions],
    }
    await connection.execute(ADD_USERS, row)
    await _swept(connection, len(versions))


async def revoke_key(connection: AsyncConnection, key_id: UUID) -> None:
    """Revoke the access tokens of an API key, in the transaction that ends it."""
    await _add(connection, "key", str(key_id))


async def revoke_signing_key(connection: AsyncConnection, kid: str) -> None:
    """Revoke all that a key has signed, in the transaction that withdraws it."""
    await _add(connection, "signing_key", kid)


async def _add(
    connection: AsyncConnection, kind: Kind, id: str, version: int = 0
) -> None:
    await connection.execute(ADD, {"kind": kind, "id": id, "version": version})
    await _swept(connection, 1)


async def _swept(connection: AsyncConnection, added: int) -> None:
    """Take old ones away, and have it announced that there are new ones."""
    life = timedelta(seconds=LIFE_SECONDS)
    await connection.execute(SWEEP_OLD, {"life": life, "limit": SWEEP * added})
    announce(connection, TOPIC)
