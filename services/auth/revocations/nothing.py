"""No revocation: tokens are good until they expire."""

from uuid import UUID


class NoRevocations:
    """Tells nobody."""

    async def session(self, session_id: UUID) -> None:
        """Tell nobody."""

    async def user(self, user_id: UUID, *, version: int) -> None:
        """Tell nobody."""

    async def key(self, key_id: UUID) -> None:
        """Tell nobody."""
