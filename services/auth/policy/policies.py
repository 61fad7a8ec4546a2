"""What the installation asks of people, and who decides it."""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.auth.audit.acting import Acting
from services.auth.audit.ports import Audit
from services.auth.policy.model import Policy
from services.auth.policy.ports import StoredPolicy
from services.auth.roles.model import MEMBER, within
from services.auth.roles.roles import Roles
from services.auth.users.ports import Users

log = logging.getLogger(__name__)


class Policies:
    """Shows and changes the policy."""

    def __init__(
        self, store: StoredPolicy, users: Users, roles: Roles, *, audit: Audit
    ) -> None:
        self._store = store
        self._users = users
        self._roles = roles
        self._audit = audit

    async def policy(self) -> Policy:
        """Return the policy."""
        return await self._store.policy()

    async def required(self, user_id: UUID) -> bool:
        """Tell whether a user needs a second factor: for a group's role, too."""
        policy = await self._store.policy()
        if policy.factor_required or not policy.factor_roles:
            return policy.factor_required
        user = await self._users.user(user_id)
        if not user:
            return False
        rights = await self._roles.rights(user.id, user.role)
        return not rights.roles.isdisjoint(policy.factor_roles)

    async def update(self, fields: Mapping[str, Any], *, by: Acting) -> Policy:
        """Change some fields of the policy."""
        if "default_role" in fields:
            # Whoever signs up gets it: nothing that administers.
            role = await self._roles.role(fields["default_role"])
            within(MEMBER, role.permissions)
        async with self._audit.together():
            policy = await self._store.change(fields)
            details = {
                "sign_up": policy.sign_up,
                "domains": " ".join(policy.domains),
                "default_role": policy.default_role,
                "factor_required": str(policy.factor_required).lower(),
                "factor_roles": " ".join(policy.factor_roles),
            }
            await self._audit.record(
                by.event("policy.change", "policy", details=details)
            )
        log.info("policy changed", extra={"fields": sorted(fields)})
        return policy
