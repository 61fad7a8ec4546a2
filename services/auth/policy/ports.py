"""Where the policy is kept."""

from typing import Protocol

from services.auth.policy.model import Policy


class StoredPolicy(Protocol):
    """The stored policy."""

    async def policy(self) -> Policy:
        """Return the policy; the default one as long as nobody has changed it."""

    async def change(self, policy: Policy) -> None:
        """Store the policy anew (`RoleNotFound`)."""
