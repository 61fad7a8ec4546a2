"""The policy in Postgres."""

from typing import LiteralString

from psycopg.rows import class_row

from services.auth.policy.model import Policy
from services.auth.roles import store as roles
from services.kit.postgres import Database

POLICY: LiteralString = """
    SELECT sign_up, domains, default_role, factor_required, factor_roles FROM policy
"""

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
            cursor = connection.cursor(row_factory=class_row(Policy))
            return await (await cursor.execute(POLICY)).fetchone() or Policy()

    async def change(self, policy: Policy) -> None:
        row = {
            "sign_up": policy.sign_up,
            "domains": list(policy.domains),
            "default_role": policy.default_role,
            "factor_required": policy.factor_required,
            "factor_roles": list(policy.factor_roles),
        }
        async with self._database.transaction() as connection:
            for role in sorted({policy.default_role, *policy.factor_roles}):
                await roles.hold(connection, role)
            await connection.execute(CHANGE, row)
