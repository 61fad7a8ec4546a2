"""Credentials of users in Postgres."""

from collections.abc import Mapping
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from services.auth.users.emails import EmailAddress
from services.auth.users.model import User
from services.auth.users.store import COLUMNS
from services.kit.postgres import Database

# Compared with the one that was looked at, so that of two changes at a time one fails.
REPLACE_PASSWORD: LiteralString = f"""
    UPDATE users SET password_hash = %(new)s,
        version = CASE WHEN %(ends_sessions)s THEN version + 1 ELSE version END
    WHERE id = %(id)s AND password_hash IS NOT DISTINCT FROM %(old)s
    RETURNING {COLUMNS}
"""

# The address is looked for first: Postgres would write it into its log if the
# constraint had to refuse it, which is left for those who come at the same time.
REPLACE_EMAIL: LiteralString = f"""
    UPDATE users SET email = %(email)s, email_key = %(email_key)s,
        email_verified_time = %(verified)s
    WHERE id = %(id)s AND NOT EXISTS (
        SELECT FROM users WHERE email_key = %(email_key)s AND id <> %(id)s)
    RETURNING {COLUMNS}
"""


class PostgresCredentials:
    """Stores credentials; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace_password(
        self, user: User, password_hash: str, *, ends_sessions: bool
    ) -> User | None:
        row = {
            "id": user.id,
            "old": user.password_hash,
            "new": password_hash,
            "ends_sessions": ends_sessions,
        }
        return await self._user(REPLACE_PASSWORD, row)

    async def replace_email(
        self, user_id: UUID, email: EmailAddress, verified: datetime | None
    ) -> User | None:
        row = {
            "id": user_id,
            "email": email.text,
            "email_key": email.key,
            "verified": verified,
        }
        try:
            return await self._user(REPLACE_EMAIL, row)
        except UniqueViolation:
            return None

    async def _user(
        self, query: LiteralString, row: Mapping[str, object]
    ) -> User | None:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=class_row(User))
            return await (await cursor.execute(query, row)).fetchone()
