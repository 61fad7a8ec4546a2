"""The policy in Postgres."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.auth.policy.model import Policy
from services.auth.roles import store as roles
from services.kit.postgres import Database

POLICY: LiteralString = """
    SELECT sign_up, domains, default_role, factor_required, factor_roles FROM policy
"""

# One after the other, so that nobody puts back what another has just changed.
LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('policy'))"

CHANGE: LiteralString = """
    INSERT INTO policy (sign_up, domains, default_role, factor_required, factor_roles)
    VALUES (%(sign_up)s, %(domains)s, %(default_role)s, %(factor_required)s,
        %(factor_roles)s)
    ON CONFLICT (id) DO UPDATE SET
        sign_up = excluded.sign_up,
        domains = excluded.domains,
        default_role = excluded.default_role,
        factor_required = excluded.factor_required,
        factor_roles = excluded.factor_roles
"""


class PostgresPolicy:
    """Stores the policy; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def policy(self) -> Policy:
        async with self._database.statement() as connection:
            return await stored(connection)

    async def change(self, fields: Mapping[str, Any]) -> Policy:
        async with self._database.transaction() as connection:
            await connection.execute(LOCK)
            policy = replace(await stored(connection), **fields)
            for role in sorted({policy.default_role, *policy.factor_roles}):
                await roles.hold(connection, role)
            await connection.execute(CHANGE, row_of(policy))
            return policy


async def stored(connection: AsyncConnection) -> Policy:
    """Return the policy; the default one as long as nobody has changed it."""
    cursor = connection.cursor(row_factory=class_row(Policy))
    return await (await cursor.execute(POLICY)).fetchone() or Policy()


def row_of(policy: Policy) -> dict[str, object]:
    """Return the policy as a row."""
    return {
        "sign_up": policy.sign_up,
        "domains": list(policy.domains),
        "default_role": policy.default_role,
        "factor_required": policy.factor_required,
        "factor_roles": list(policy.factor_roles),
    }
