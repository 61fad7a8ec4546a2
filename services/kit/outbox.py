"""Taking a service's events, each at least once."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Generic, Protocol, TypeVar

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message

BATCH = 500
POLL_SECONDS = 0.5

P = TypeVar("P")
E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)


class Consumers(Protocol[P, E_co]):
    """Where the consumers of a service's events are."""

    async def position(self, consumer: str) -> P:
        """Return the position a consumer has moved to, or the beginning."""

    async def take(self, after: P, limit: int) -> Sequence[E_co]:
        """Return the first kept events after a position that none can precede."""

    async def move(self, consumer: str, old: P, new: P) -> None:
        """Remember that a consumer got from `old` to `new`, unless it has moved on."""


class Outbox(Generic[P, E]):
    """All events of a service, in its order; `position_of` tells where an event is."""

    def __init__(
        self, consumers: Consumers[P, E], position_of: Callable[[E], P]
    ) -> None:
        self._consumers = consumers
        self._position_of = position_of

    async def since(self, position: P, *, follow: bool) -> AsyncIterator[Sequence[E]]:
        """Yield the events after a position, then perhaps new ones."""
        while True:
            if batch := await self._consumers.take(position, BATCH):
                yield batch
                position = self._position_of(batch[-1])
            elif follow:
                await asyncio.sleep(POLL_SECONDS)
            else:
                return

    async def consume(self, name: str, *, follow: bool) -> AsyncIterator[Sequence[E]]:
        """
        Yield what the consumer of this name has not taken, then perhaps new events.

        Asking for the next batch says that the last one is dealt with. Who stops before
        gets it again, with the same ids; so do two who use the same name at once.
        """
        old = await self._consumers.position(name)
        async for batch in self.since(old, follow=follow):
            yield batch
            new = self._position_of(batch[-1])
            await self._consumers.move(name, old, new)
            old = new


async def print_lines(
    batches: AsyncIterator[Sequence[E]], to_message: Callable[[E], Message]
) -> None:
    """Print events as lines of JSON, until there are no more."""
    async for batch in batches:
        for event in batch:
            line = MessageToJson(
                to_message(event), indent=None, preserving_proto_field_name=True
            )
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
