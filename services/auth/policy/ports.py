"""Where the policy is kept."""

from collections.abc import Mapping
from typing import Any, Protocol

from services.auth.policy.model import Policy


class StoredPolicy(Protocol):
    """The stored policy."""

    async def policy(self) -> Policy:
        """Return the policy; the default one as long as nobody has changed it."""

    async def change(self, fields: Mapping[str, Any]) -> Policy:
        """Change some fields, and no others (`RoleNotFound`); return the policy."""
