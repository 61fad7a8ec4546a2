"""How often a user may ask."""

from uuid import UUID

from services.chat.usage.model import Left, RateLimited
from services.kit.buckets import Buckets, Level


class RateLimiter:
    """Refuses users who ask too often."""

    def __init__(self, what: str, buckets: Buckets) -> None:
        self._what = what
        self._buckets = buckets
        self.size = buckets.size

    async def take(self, user_id: UUID) -> Left:
        """Count a request, or raise `RateLimited`, which says when to try again."""
        if not self.size.burst:
            return Left()
        level = await self._buckets.take(self._key(user_id))
        left = self._left(level)
        if not level.taken:
            raise RateLimited(retry_seconds=level.wait_seconds, headers=left.headers)
        return left

    async def left(self, user_id: UUID) -> Left:
        """Return what is left, and count nothing."""
        if not self.size.burst:
            return Left()
        return self._left(await self._buckets.look(self._key(user_id)))

    def _left(self, level: Level) -> Left:
        return Left(self.size.burst, level.remaining, level.reset_seconds)

    def _key(self, user_id: UUID) -> str:
        return f"parley:rate:{self._what}:{user_id}"
