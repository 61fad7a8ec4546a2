"""Following what happens to a user's conversations, from one device."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from services.chat.outbox.model import Recorded
from services.chat.outbox.ports import Events
from services.chat.sync.devices import Device, Devices
from services.chat.sync.model import MAX_EVENTS, Changes, following, not_given
from services.kit.errors import Overloaded, Unavailable

log = logging.getLogger(__name__)

READS = 4  # at once: however many devices are woken, others find a connection


class Watching:
    """Gives each device the user's events in order, without a gap or a duplicate."""

    def __init__(self, events: Events, devices: Devices) -> None:
        self._events = events
        self._devices = devices
        self._reading = asyncio.Semaphore(READS)

    async def watch(
        self, user_id: UUID, seq: int | None, *, seconds: float
    ) -> AsyncGenerator[Changes]:
        """
        Follow a user's events, those after `seq` first.

        The first changes say where this begins, then nothing comes but what happened,
        and a sign of life when that is nothing. It ends after so many seconds, or when
        this replica does.
        """
        with self._devices.admitted(user_id, seconds) as device:
            device.seq = await self._begin(user_id, seq)
            yield self._said(device)
            while not self._devices.over(device):
                if events := await self._read(device) if device.due else ():
                    device.seq = events[-1].seq
                    yield self._said(device, events)
                elif self._devices.silent(device):
                    yield self._said(device)
                elif not device.due:
                    await device.woken()

    async def _begin(self, user_id: UUID, seq: int | None) -> int:
        """Find where a device begins, and refuse what cannot be continued."""
        async with self._reading:
            if seq is None:
                return (await self._events.heads([user_id])).get(user_id, 0)
            found = await self._events.after(user_id, seq, 1)
        if seq > found.head:
            raise not_given()
        following(seq, found.events, head=found.head)
        return seq

    async def _read(self, device: Device) -> Sequence[Recorded]:
        """Read what a device has not seen, as much as one response may hold."""
        device.due = False
        try:
            async with self._reading:
                found = await self._events.after(device.user_id, device.seq, MAX_EVENTS)
        except (Unavailable, Overloaded) as error:
            # The device keeps its stream and is served once Postgres is back.
            log.warning("reading changes failed", exc_info=error)
            self._devices.look_later(device.user_id)
            return ()
        # It may have become due again meanwhile.
        device.due = device.due or len(found.events) == MAX_EVENTS
        return following(device.seq, found.events, head=found.head)

    def _said(self, device: Device, events: Sequence[Recorded] = ()) -> Changes:
        self._devices.said(device)
        return Changes(device.seq, events)
