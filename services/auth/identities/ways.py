"""Whether people can sign in by an identity."""

from collections.abc import Sequence
from uuid import UUID

from services.auth.identities.ports import IdentityProvider, StoredIdentities


class LinkedWays:
    """Knows who has an identity at a provider that is still there."""

    def __init__(
        self, store: StoredIdentities, providers: Sequence[IdentityProvider]
    ) -> None:
        self._store = store
        self._usable = {provider.provider.id for provider in providers}

    async def exist(self, user_id: UUID) -> bool:
        """Say whether a user has one."""
        return await self._store.has(user_id, usable=self._usable)
