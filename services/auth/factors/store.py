"""Factors in Postgres."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from services.auth.factors import code_store
from services.auth.factors.model import (
    MAX_PASSKEYS,
    Credential,
    EnrolmentOver,
    Factor,
    FactorExists,
    FactorRequired,
    PasskeyTaken,
    ProofKind,
    Seed,
    TooManyPasskeys,
)
from services.auth.users.model import LastWayIn
from services.kit.pages import Page
from services.kit.postgres import Database

# Whoever adds or removes a factor of somebody waits for others that do: so what holds
# for all of a person's factors can be looked at, and then changed.
LOCK_USER: LiteralString = """
    SELECT password_hash IS NOT NULL FROM users WHERE id = %s FOR NO KEY UPDATE
"""

FACTOR: LiteralString = """
    SELECT id, user_id, kind, display_name, create_time, last_use_time,
        coalesce(backup_eligible, false) AS backup_eligible,
        coalesce(backed_up, false) AS backed_up
    FROM factors
"""

FACTORS: LiteralString = f"""{FACTOR}
    WHERE user_id = %(user_id)s
        AND (%(time)s::timestamptz IS NULL OR (create_time, id) > (%(time)s, %(id)s))
    ORDER BY create_time, id LIMIT %(limit)s
"""

KINDS: LiteralString = """
    SELECT DISTINCT kind FROM factors WHERE user_id = %(user_id)s
    UNION ALL
    SELECT 'recovery_code' WHERE EXISTS (
        SELECT FROM recovery_codes WHERE user_id = %(user_id)s)
"""

RENAME: LiteralString = """
    UPDATE factors SET display_name = %(display_name)s
    WHERE id = %(id)s AND user_id = %(user_id)s
"""

DELETE: LiteralString = "DELETE FROM factors WHERE id = %s"

BEGIN_TOTP: LiteralString = """
    INSERT INTO totp_enrolments (user_id, id, sealed_seed, expire_time)
    SELECT id, %(id)s, %(sealed)s, %(expire_time)s FROM users WHERE id = %(user_id)s
    ON CONFLICT (user_id) DO UPDATE SET id = EXCLUDED.id,
        sealed_seed = EXCLUDED.sealed_seed, expire_time = EXCLUDED.expire_time
"""

BEGUN_TOTP: LiteralString = """
    SELECT id, sealed_seed AS sealed, 0 AS last_step FROM totp_enrolments
    WHERE user_id = %(user_id)s AND expire_time > %(now)s
"""

CLEAR: LiteralString = "DELETE FROM factors WHERE user_id = %s"

CLEAR_TOTP: LiteralString = "DELETE FROM totp_enrolments WHERE user_id = %s"

END_TOTP: LiteralString = "DELETE FROM totp_enrolments WHERE id = %s"

# The index `factors_one_app` and the constraint `factors_credential_unique` decide.
ADD_TOTP: LiteralString = """
    INSERT INTO factors (id, user_id, kind, display_name, create_time, sealed_seed,
        last_step)
    VALUES (%(id)s, %(user_id)s, 'totp', %(display_name)s, %(create_time)s, %(sealed)s,
        %(last_step)s)
    ON CONFLICT DO NOTHING
"""

ADD_PASSKEY: LiteralString = """
    INSERT INTO factors (id, user_id, kind, display_name, create_time, credential_id,
        public_key, sign_count, backup_eligible, backed_up, transports)
    VALUES (%(id)s, %(user_id)s, 'passkey', %(display_name)s, %(create_time)s,
        %(credential_id)s, %(public_key)s, %(sign_count)s, %(backup_eligible)s,
        %(backed_up)s, %(transports)s)
    ON CONFLICT DO NOTHING
"""

SEED: LiteralString = """
    SELECT id, sealed_seed AS sealed, last_step FROM factors
    WHERE user_id = %s AND kind = 'totp'
"""

SEAL_ANEW: LiteralString = """
    UPDATE factors SET sealed_seed = %(new)s
    WHERE id = %(id)s AND sealed_seed = %(old)s
"""

USE_STEP: LiteralString = """
    UPDATE factors SET last_step = %(step)s, last_use_time = %(now)s
    WHERE id = %(id)s AND last_step < %(step)s
"""

CREDENTIAL: LiteralString = """
    SELECT id, user_id, credential_id, public_key, sign_count, backup_eligible,
        backed_up, transports
    FROM factors WHERE kind = 'passkey'
"""

# A passkey that does not count always says 0.
USE_PASSKEY: LiteralString = """
    UPDATE factors SET sign_count = %(sign_count)s, backed_up = %(backed_up)s,
        last_use_time = %(now)s
    WHERE id = %(id)s AND (sign_count < %(sign_count)s
        OR sign_count = 0 AND %(sign_count)s = 0)
"""


class PostgresFactors:
    """Stores factors; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def factors(self, user_id: UUID, page: Page) -> Sequence[Factor]:
        time, id = page.after or (None, None)
        row = {"user_id": user_id, "time": time, "id": id, "limit": page.size + 1}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Factor))
            return await (await cursor.execute(FACTORS, row)).fetchall()

    async def factor(self, user_id: UUID, factor_id: UUID) -> Factor | None:
        async with self._database.statement() as connection:
            return await factor(connection, user_id, factor_id)

    async def kinds(self, user_id: UUID) -> frozenset[ProofKind]:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=scalar_row)
            found = await (await cursor.execute(KINDS, {"user_id": user_id})).fetchall()
        # Codes alone are no factor: they stand in for one.
        return frozenset(found) if set(found) - {"recovery_code"} else frozenset()

    async def rename(
        self, user_id: UUID, factor_id: UUID, display_name: str
    ) -> Factor | None:
        row = {"user_id": user_id, "id": factor_id, "display_name": display_name}
        async with self._database.transaction() as connection:
            await connection.execute(RENAME, row)
            return await factor(connection, user_id, factor_id)

    async def delete(
        self,
        user_id: UUID,
        factor_id: UUID,
        *,
        required: bool,
        others: Callable[[], Awaitable[bool]],
    ) -> Factor | None:
        async with self._database.transaction() as connection:
            password = await locked(connection, user_id)
            found = await every(connection, user_id)
            gone = next((one for one in found if one.id == factor_id), None)
            if not gone:
                return None
            left = [one for one in found if one.id != factor_id]
            passkeys = [one for one in left if one.kind == "passkey"]
            if not (password or passkeys or await others()):
                raise LastWayIn
            if required and not left:
                raise FactorRequired
            await connection.execute(DELETE, [factor_id])
            if not left:
                await code_store.replace(connection, user_id, [])
            return gone

    async def reset(self, user_id: UUID) -> None:
        async with self._database.transaction() as connection:
            await locked(connection, user_id)
            await connection.execute(CLEAR, [user_id])
            await connection.execute(CLEAR_TOTP, [user_id])
            await code_store.replace(connection, user_id, [])

    async def begin_totp(
        self, user_id: UUID, seed: Seed, expire_time: datetime
    ) -> None:
        row = {**asdict(seed), "user_id": user_id, "expire_time": expire_time}
        async with self._database.statement() as connection:
            await connection.execute(BEGIN_TOTP, row)

    async def begun_totp(self, user_id: UUID, now: datetime) -> Seed | None:
        return await self._seed(BEGUN_TOTP, {"user_id": user_id, "now": now})

    async def add_totp(
        self, factor: Factor, seed: Seed, codes: Sequence[bytes]
    ) -> bool:
        async with self._database.transaction() as connection:
            await locked(connection, factor.user_id)
            first = not await every(connection, factor.user_id)
            if not (await connection.execute(END_TOTP, [seed.id])).rowcount:
                raise EnrolmentOver
            row = {**asdict(factor), **asdict(seed)}
            if not (await connection.execute(ADD_TOTP, row)).rowcount:
                raise FactorExists
            if first:
                await code_store.replace(connection, factor.user_id, codes)
            return first

    async def seed(self, user_id: UUID) -> Seed | None:
        return await self._seed(SEED, [user_id])

    async def seal_anew(self, seed: Seed, sealed: bytes) -> None:
        row = {"id": seed.id, "old": seed.sealed, "new": sealed}
        await self._changed(SEAL_ANEW, row)

    async def use_step(self, seed_id: UUID, step: int, now: datetime) -> bool:
        return await self._changed(USE_STEP, {"id": seed_id, "step": step, "now": now})

    async def add_passkey(
        self, factor: Factor, credential: Credential, codes: Sequence[bytes]
    ) -> bool:
        async with self._database.transaction() as connection:
            await locked(connection, factor.user_id)
            found = await every(connection, factor.user_id)
            if sum(one.kind == "passkey" for one in found) >= MAX_PASSKEYS:
                raise TooManyPasskeys
            row = {
                **asdict(factor),
                **asdict(credential),
                "transports": list(credential.transports),
            }
            if not (await connection.execute(ADD_PASSKEY, row)).rowcount:
                raise PasskeyTaken
            if not found:
                await code_store.replace(connection, factor.user_id, codes)
            return not found

    async def credentials(self, user_id: UUID) -> Sequence[Credential]:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Credential))
            query: LiteralString = CREDENTIAL + "AND user_id = %s ORDER BY create_time"
            return await (await cursor.execute(query, [user_id])).fetchall()

    async def credential(self, credential_id: bytes) -> Credential | None:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Credential))
            query: LiteralString = CREDENTIAL + "AND credential_id = %s"
            return await (await cursor.execute(query, [credential_id])).fetchone()

    async def use_passkey(
        self, id: UUID, *, sign_count: int, backed_up: bool, now: datetime
    ) -> bool:
        row = {"id": id, "sign_count": sign_count, "backed_up": backed_up, "now": now}
        return await self._changed(USE_PASSKEY, row)

    async def _seed(
        self, query: LiteralString, row: Mapping[str, Any] | Sequence[Any]
    ) -> Seed | None:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(Seed))
            return await (await cursor.execute(query, row)).fetchone()

    async def _changed(self, query: LiteralString, row: Mapping[str, Any]) -> bool:
        async with self._database.statement() as connection:
            return bool((await connection.execute(query, row)).rowcount)


async def locked(connection: AsyncConnection, user_id: UUID) -> bool:
    """Have a user's factors to oneself; say whether the user has a password."""
    row = await (await connection.execute(LOCK_USER, [user_id])).fetchone()
    if not row:
        raise EnrolmentOver  # deleted in the meantime
    return bool(row[0])


async def every(connection: AsyncConnection, user_id: UUID) -> Sequence[Factor]:
    """Return all factors of a user: an app and MAX_PASSKEYS at most."""
    cursor = connection.cursor(row_factory=class_row(Factor))
    query: LiteralString = FACTOR + "WHERE user_id = %s"
    return await (await cursor.execute(query, [user_id])).fetchall()


async def factor(
    connection: AsyncConnection, user_id: UUID, factor_id: UUID
) -> Factor | None:
    """Return a factor, if it is the user's."""
    cursor = connection.cursor(row_factory=class_row(Factor))
    query: LiteralString = FACTOR + "WHERE id = %s AND user_id = %s"
    return await (await cursor.execute(query, [factor_id, user_id])).fetchone()
