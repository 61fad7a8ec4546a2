"""The devices that watch, and what wakes them: one task looks for all of them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import chain, islice
from time import monotonic
from uuid import UUID

from services.chat.outbox.model import topic
from services.chat.outbox.ports import Events
from services.chat.sync.model import (
    KEEP_ALIVE_SECONDS,
    MAX_STREAMS,
    MAX_STREAMS_PER_USER,
)
from services.chat.sync.ports import Wakes
from services.kit.errors import Overloaded, ServiceError, Unavailable

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
POLL_SECONDS = 2.0  # while nobody can be woken by others
SAFETY_SECONDS = 30.0  # although everybody is
USERS = 1000  # in one look
AWAY_SECONDS = 1.0  # another replica is there by then
FULL_SECONDS = 5.0


class Device:
    """One stream: where it is, and whether it has something to do."""

    __slots__ = ("_awake", "_waiter", "due", "seq", "silent_since", "until", "user_id")

    def __init__(self, user_id: UUID, until: float) -> None:
        self.user_id = user_id
        self.until = until
        self.seq = 0
        self.due = True
        self.silent_since = 0.0
        self._awake = False
        self._waiter: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Have the stream see what there is to do, now or before it waits again."""
        self._awake = True
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def woken(self) -> None:
        """Wait without a timer of its own."""
        if not self._awake:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
            self._waiter = None
        self._awake = False


class Watched:
    """A user some of whose devices watch here."""

    __slots__ = ("_look_at", "devices", "user_id")

    def __init__(self, user_id: UUID, look_at: Callable[[UUID], None]) -> None:
        self.user_id = user_id
        self.devices: list[Device] = []
        self._look_at = look_at

    def heard(self, _: bytes) -> None:
        """Look, for it is said that something happened."""
        self._look_at(self.user_id)


class Devices:
    """
    The streams of this process.

    They wait without a task or a timer each: one task looks which users have something
    new, when it is told so and from time to time, and another one minds the time.
    """

    def __init__(
        self, events: Events, wakes: Wakes, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self.ended = False
        self._events = events
        self._wakes = wakes
        self._clock = clock
        self._users: dict[UUID, Watched] = {}
        self._streams = 0
        self._to_look_at: dict[UUID, None] = {}
        self._to_look = asyncio.Event()
        self._later: dict[UUID, None] = {}
        self._looked = clock()

    @asynccontextmanager
    async def minded(self) -> AsyncIterator[None]:
        """Wake the streams that have something to do while the block runs."""
        tasks = [asyncio.create_task(self._look()), asyncio.create_task(self._tick())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def streaming(self) -> AsyncIterator[None]:
        """Let devices watch while the block runs; then their streams end."""
        try:
            yield
        finally:
            self.ended = True
            for device in self._devices():
                device.wake()

    @contextmanager
    def admitted(self, user_id: UUID, seconds: float) -> Iterator[Device]:
        """Let one more stream in while the block runs, for so long."""
        if self.ended:
            raise Unavailable(part="chat", retry_seconds=AWAY_SECONDS)
        watched = self._users.get(user_id)
        of_user = len(watched.devices) if watched else 0
        if self._streams >= MAX_STREAMS or of_user >= MAX_STREAMS_PER_USER:
            raise Overloaded(retry_seconds=FULL_SECONDS)
        if not watched:
            watched = self._users[user_id] = Watched(user_id, self.look_at)
            self._wakes.listen(topic(user_id), watched.heard)
        device = Device(user_id, self._clock() + seconds)
        watched.devices.append(device)
        self._streams += 1
        try:
            yield device
        finally:
            self._streams -= 1
            watched.devices.remove(device)
            if not watched.devices:
                del self._users[user_id]
                self._wakes.leave(topic(user_id), watched.heard)

    def look_at(self, user_id: UUID) -> None:
        """Look soon whether there is something new for a user."""
        self._to_look_at[user_id] = None
        self._to_look.set()

    def look_later(self, user_id: UUID) -> None:
        """Look again in a moment: it did not work now."""
        self._later[user_id] = None

    def said(self, device: Device) -> None:
        """Note that a device was sent something just now."""
        device.silent_since = self._clock()

    def silent(self, device: Device) -> bool:
        """Tell whether a device has to be sent something, if only that all is well."""
        return self._clock() - device.silent_since >= KEEP_ALIVE_SECONDS

    def over(self, device: Device) -> bool:
        """Tell whether a stream ends: with this replica, or as its time is up."""
        return self.ended or self._clock() >= device.until

    def _devices(self) -> Iterator[Device]:
        return chain.from_iterable(user.devices for user in self._users.values())

    async def _look(self) -> None:
        while True:
            await self._to_look.wait()
            self._to_look.clear()
            while users := list(islice(self._to_look_at, USERS)):
                for user_id in users:
                    del self._to_look_at[user_id]
                await self._look_at_all([id for id in users if id in self._users])

    async def _look_at_all(self, user_ids: Sequence[UUID]) -> None:
        try:
            heads = await self._events.heads(user_ids)
        except ServiceError as error:
            log.warning("looking for changes failed", exc_info=error)
            self._later.update(dict.fromkeys(user_ids))
            return
        for user_id, head in heads.items():
            if watched := self._users.get(user_id):
                for device in watched.devices:
                    if device.seq < head:
                        device.due = True
                        device.wake()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            pause = SAFETY_SECONDS if self._wakes.connected else POLL_SECONDS
            if self._clock() - self._looked >= pause:
                self._looked = self._clock()
                self._later.update(dict.fromkeys(self._users))
            if self._later:
                self._to_look_at.update(self._later)
                self._later.clear()
                self._to_look.set()
            for device in self._devices():
                if self.silent(device) or self.over(device):
                    device.wake()
