"""Replicas of chat that serve nothing but SyncService, and the devices of a user."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from uuid import UUID, uuid4

import grpc
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)

from parley.chat.v1 import sync_service_pb2 as pb
from parley.chat.v1 import sync_service_pb2_grpc as pb_grpc
from services.chat.outbox.model import Event
from services.chat.outbox.store import PostgresEvents, record
from services.chat.sync.devices import Devices
from services.chat.sync.servicer import SyncServicer
from services.chat.sync.watching import Watching
from services.kit.interceptors import bearer
from services.kit.postgres import Database
from services.kit.server import serving
from services.kit.signals import Signals
from tests.identity import Identity, bearing
from tests.serving import ANY_PORT, channel_to

Stream = grpc.aio.UnaryStreamCall[pb.WatchChangesRequest, pb.WatchChangesResponse]
LONG = 30.0


@dataclass(frozen=True)
class Replica:
    """One process of chat, as far as devices are concerned."""

    identity: Identity
    database: Database
    signals: Signals
    devices: Devices
    channel: grpc.aio.Channel

    def watch(
        self, user: UUID, cursor: str = "", *, caller: UUID | None = None
    ) -> Device:
        """Open a stream."""
        stub: pb_grpc.SyncServiceAsyncStub = pb_grpc.SyncServiceStub(self.channel)
        request = pb.WatchChangesRequest(parent=f"users/{user}", cursor=cursor)
        token = self.identity.token(caller or user)
        return Device(stub.WatchChanges(request, metadata=bearing(token)))

    async def happen(self, user: UUID, times: int = 1) -> None:
        """Let something happen here, in a transaction of its own each time."""
        for _ in range(times):
            async with self.database.transaction() as connection:
                await record(connection, created(user))


class Device:
    """Reads a stream of changes."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.cursor = ""

    async def next(self) -> list[int]:
        """Return the numbers of the events of the next response."""
        async with asyncio.timeout(LONG):
            response = await self.stream.read()
        assert isinstance(response, pb.WatchChangesResponse)
        self.cursor = response.cursor
        return [event.seq for event in response.events]

    async def numbers(self, count: int) -> list[int]:
        """Return the numbers of the next so many events."""
        numbers: list[int] = []
        while len(numbers) < count:
            numbers += await self.next()
        return numbers

    async def ended(self) -> bool:
        """Wait for the end of the stream; tell whether it is a good one."""
        async with asyncio.timeout(LONG):
            while await self.stream.read() is not grpc.aio.EOF:
                pass
            return await self.stream.code() is grpc.StatusCode.OK


def created(user: UUID) -> Event:
    """Make an event."""
    return Event(user_id=user, kind="conversation_created", conversation_id=uuid4())


def patiently() -> AsyncRetrying:
    """Look again until it is so."""
    return AsyncRetrying(
        retry=retry_if_exception_type(AssertionError),
        stop=stop_after_delay(LONG),
        wait=wait_fixed(0.02),
        reraise=True,
    )


async def beginning(device: Device) -> Device:
    """Read where a device begins."""
    assert await device.next() == []
    return device


class Seconds:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def replica(
    database_url: str,
    redis_url: str,
    identity: Identity,
    *,
    clock: Callable[[], float] = monotonic,
    drain_seconds: float = 0,
) -> AsyncIterator[Replica]:
    """Serve what devices call, while the block runs."""
    async with (
        Signals.connect(redis_url) as signals,
        Database.connect(
            database_url, announce=signals.publish, patient=True
        ) as database,
        (devices := Devices(PostgresEvents(database), signals, clock=clock)).minded(),
        serving(
            partial(
                pb_grpc.add_SyncServiceServicer_to_server,
                SyncServicer(Watching(PostgresEvents(database), devices)),
            ),
            services=("parley.chat.v1.SyncService",),
            address=ANY_PORT,
            authenticate=bearer(identity.verifier()),
            drain_seconds=drain_seconds,
        ) as port,
        devices.streaming(),
        channel_to(f"127.0.0.1:{port}") as channel,
    ):
        yield Replica(identity, database, signals, devices, channel)
