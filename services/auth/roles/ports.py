"""Where roles are kept."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from services.auth.roles.model import Role


class StoredRoles(Protocol):
    """Stored roles: those of your own."""

    async def role(self, id: str) -> Role | None:
        """Return a role."""

    async def all(self) -> Sequence[Role]:
        """Return all of them, by ID."""

    async def of_user(
        self, user_id: UUID, role: str
    ) -> Sequence[tuple[UUID | None, str | None, Sequence[str] | None]]:
        """Return a user's role and groups: each group, its role, what that allows."""

    async def is_default(self, id: str) -> bool:
        """Tell whether whoever signs up gets a role: it is never to administer."""

    async def add(self, role: Role) -> bool:
        """Store a role; False if there is one of the name."""

    async def change(self, role: Role) -> bool:
        """Store a role anew; False if it is gone. Who has it needs new tokens."""

    async def delete(self, id: str) -> bool:
        """Delete a role that nobody has (`RoleInUse`); False if it is gone."""
