"""Credentials of users in Postgres."""

from collections.abc import Mapping
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from services.auth.codes import store as codes
from services.auth.sessions import pending_store as sign_ins
from services.auth.users.emails import EmailAddress
from services.auth.users.model import User
from services.auth.users.store import COLUMNS
from services.kit.postgres import Database

# Compared with the one that was looked at, so that of two changes at a time one fails.
# Not by its hash: who shows a password may thereby have it hashed anew.
REPLACE_PASSWORD: LiteralString = f"""
    UPDATE users SET password_hash = %(new)s, version = version + 1
    WHERE id = %(id)s AND version = %(version)s
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

    async def replace_password(self, user: User, password_hash: str) -> User | None:
        row = {"id": user.id, "version": user.version, "new": password_hash}
        async with self._database.transaction() as connection:
            changed = await one(connection, REPLACE_PASSWORD, row)
            if changed:
                await sign_ins.take_all(connection, user.id)
                await codes.remove_all(connection, user.id, "reset")
            return changed

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
            async with self._database.statement() as connection:
                return await one(connection, REPLACE_EMAIL, row)
        except UniqueViolation:
            return None


async def one(
    connection: AsyncConnection, query: LiteralString, row: Mapping[str, object]
) -> User | None:
    """Return the user whom a query has changed."""
    cursor = connection.cursor(row_factory=class_row(User))
    return await (await cursor.execute(query, row)).fetchone()
