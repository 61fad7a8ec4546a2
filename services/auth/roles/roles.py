"""What a user may do."""

from uuid import UUID

from services.auth.roles.model import BUILT_IN, Rights

NOTHING: frozenset[str] = frozenset()


class BuiltInRoles:
    """The roles that there always are."""

    async def rights(self, user_id: UUID, role: str) -> Rights:
        """Return what a user with a role may do."""
        return Rights(BUILT_IN.get(role, NOTHING))
