"""Codes in Postgres."""

import hmac
import json
from dataclasses import asdict
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.auth.codes.model import (
    MAX_MAILS,
    MAX_TRIES,
    Asked,
    Code,
    Purpose,
    Refusal,
)
from services.auth.sealing.sealer import Sealer
from services.kit.postgres import Database

MOST = {"max_tries": MAX_TRIES, "max_mails": MAX_MAILS}
SWEEP = 10  # expired codes that a new one takes away: more than it leaves

ADD: LiteralString = """
    INSERT INTO mail_codes (token_hash, purpose, code_hash, user_id, sealed,
        expire_time)
    VALUES (%(token_hash)s, %(purpose)s, %(code_hash)s, %(user_id)s, %(sealed)s,
        %(expire_time)s)
"""

SWEEP_EXPIRED: LiteralString = """
    DELETE FROM mail_codes WHERE token_hash IN (
        SELECT token_hash FROM mail_codes WHERE expire_time <= %(now)s
        ORDER BY expire_time LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""

MAY_BE_SENT: LiteralString = """
    token_hash = %(token_hash)s AND expire_time > %(now)s
        AND tries < %(max_tries)s AND mails < %(max_mails)s
"""

ASKED: LiteralString = f"SELECT sealed FROM mail_codes WHERE {MAY_BE_SENT}"

# Tries stay counted: another code gives no more of them.
REPLACE: LiteralString = f"""
    UPDATE mail_codes SET code_hash = %(code_hash)s, expire_time = %(expire_time)s,
        mails = mails + 1
    WHERE {MAY_BE_SENT}
"""

# Who comes at the same time waits for the row, and then finds it counted.
COUNT: LiteralString = """
    UPDATE mail_codes SET tries = tries + 1
    WHERE token_hash = %(token_hash)s AND purpose = %(purpose)s
        AND expire_time > %(now)s AND tries < %(max_tries)s
    RETURNING code_hash, sealed
"""

DELETE: LiteralString = "DELETE FROM mail_codes WHERE token_hash = %s"

DELETE_ALL: LiteralString = """
    DELETE FROM mail_codes WHERE user_id = %s AND purpose = %s
"""


class PostgresCodes:
    """Stores codes; one method is one transaction."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def add(self, code: Code, asked: Asked, *, now: datetime) -> None:
        row = {
            **asdict(code),
            "purpose": asked.purpose,
            "user_id": asked.user_id,
            "sealed": self._seal(asked, code.token_hash),
        }
        async with self._database.transaction() as connection:
            await connection.execute(SWEEP_EXPIRED, {"now": now, "limit": SWEEP})
            await connection.execute(ADD, row)

    async def asked(self, token_hash: bytes, *, now: datetime) -> Asked | None:
        row = {"token_hash": token_hash, "now": now, **MOST}
        async with self._database.statement() as connection:
            found = await (await connection.execute(ASKED, row)).fetchone()
        return self._open(found[0], token_hash) if found else None

    async def replace(self, code: Code, *, now: datetime) -> bool:
        row = {**asdict(code), "now": now, **MOST}
        async with self._database.statement() as connection:
            return bool((await connection.execute(REPLACE, row)).rowcount)

    async def check(
        self, token_hash: bytes, code_hash: bytes, purpose: Purpose, *, now: datetime
    ) -> Asked | Refusal:
        row = {
            "token_hash": token_hash,
            "purpose": purpose,
            "now": now,
            "max_tries": MAX_TRIES,
        }
        async with self._database.statement() as connection:
            found = await (await connection.execute(COUNT, row)).fetchone()
        if not found:
            return "ended"
        asked = self._open(found[1], token_hash)
        right = hmac.compare_digest(found[0], code_hash)
        return asked if right and not asked.hopeless else "wrong"

    async def remove(self, token_hash: bytes) -> bool:
        async with self._database.statement() as connection:
            return bool((await connection.execute(DELETE, [token_hash])).rowcount)

    def _seal(self, asked: Asked, token_hash: bytes) -> bytes:
        content = asdict(asked) | {"user_id": asked.user_id and str(asked.user_id)}
        plain = json.dumps(content).encode()
        return self._sealer.seal(plain, context=context(token_hash))

    def _open(self, sealed: bytes, token_hash: bytes) -> Asked:
        opened = self._sealer.open(sealed, context=context(token_hash))
        content = json.loads(opened)
        user_id = content.pop("user_id")
        return Asked(**content, user_id=UUID(user_id) if user_id else None)


async def remove_all(
    connection: AsyncConnection, user_id: UUID, purpose: Purpose
) -> None:
    """Take a user's codes away that are for one purpose."""
    await connection.execute(DELETE_ALL, [user_id, purpose])


def context(token_hash: bytes) -> str:
    """Say what is sealed."""
    return f"code {token_hash.hex()}"
