"""No second factors, so none to take away."""

from uuid import UUID


class NoFactorReset:
    """Takes nothing away."""

    async def reset(self, user_id: UUID) -> None:
        """Take nothing away."""
