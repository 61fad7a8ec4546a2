"""Nothing required, and nothing else to sign in with."""

from uuid import UUID


class NobodyMust:
    """Leaves it to each person whether to have a second factor."""

    async def required(self, user_id: UUID) -> bool:
        """Say no."""
        return False


class NoOtherWays:
    """Knows passwords and passkeys only."""

    async def exist(self, user_id: UUID) -> bool:
        """Say no."""
        return False
