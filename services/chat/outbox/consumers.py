"""Taking all users' events, each at least once."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from services.chat.outbox.model import Position, Recorded
from services.chat.outbox.ports import Consumers

BATCH = 500
POLL_SECONDS = 0.5


class Outbox:
    """All users' events, in the order of each user's own."""

    def __init__(self, consumers: Consumers) -> None:
        self._consumers = consumers

    async def since(
        self, position: Position, *, follow: bool
    ) -> AsyncIterator[Sequence[Recorded]]:
        """Yield the events after a position, then perhaps new ones."""
        while True:
            if batch := await self._consumers.take(position, BATCH):
                yield batch
                position = Position.of(batch[-1])
            elif follow:
                await asyncio.sleep(POLL_SECONDS)
            else:
                return

    async def consume(
        self, name: str, *, follow: bool
    ) -> AsyncIterator[Sequence[Recorded]]:
        """
        Yield what the consumer of this name has not taken, then perhaps new events.

        Asking for the next batch says that the last one is dealt with. Who stops before
        gets it again, with the same ids; so do two who use the same name at once.
        """
        old = await self._consumers.position(name)
        async for batch in self.since(old, follow=follow):
            yield batch
            new = Position.of(batch[-1])
            await self._consumers.move(name, old, new)
            old = new
