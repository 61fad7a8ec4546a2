"""SyncService: everything that happens, on every device, once and in order."""

import asyncio
from collections.abc import AsyncIterator
from itertools import chain
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from parley.chat.v1 import sync_service_pb2 as pb
from parley.chat.v1 import sync_service_pb2_grpc as pb_grpc
from services.chat.outbox.model import topic
from services.chat.sync.model import (
    KEEP_ALIVE_SECONDS,
    MAX_EVENTS,
    Cursor,
)
from tests.chat.conftest import Chat
from tests.chat.sync import (
    LONG,
    Device,
    Replica,
    Seconds,
    beginning,
    patiently,
    replica,
)
from tests.identity import Identity


@pytest.fixture
def clock() -> Seconds:
    """The clock of `here`."""
    return Seconds()


@pytest.fixture
async def here(
    chat_database: str, redis_url: str, identity: Identity, clock: Seconds
) -> AsyncIterator[Replica]:
    """One replica."""
    async with replica(chat_database, redis_url, identity, clock=clock) as here:
        yield here


@pytest.fixture
async def there(
    chat_database: str, redis_url: str, identity: Identity
) -> AsyncIterator[Replica]:
    """Another replica, over the same Postgres and Redis."""
    async with replica(chat_database, redis_url, identity) as there:
        yield there


async def test_a_device_begins_now(here: Replica):
    user = uuid4()
    await here.happen(user, times=3)

    device = await beginning(here.watch(user))
    await here.happen(user)

    assert Cursor.parse(device.cursor, user).seq == 4 - 1
    assert await device.next() == [4]
    assert Cursor.parse(device.cursor, user).seq == 4


async def test_a_change_reaches_devices_at_other_replicas(
    here: Replica, there: Replica
):
    user = uuid4()
    near = await beginning(here.watch(user))
    far = await beginning(there.watch(user))

    await here.happen(user)
    await there.happen(user)

    assert await near.numbers(2) == [1, 2]
    assert await far.numbers(2) == [1, 2]


async def test_nothing_of_others_reaches_a_device(here: Replica):
    user, other = uuid4(), uuid4()
    device = await beginning(here.watch(user))

    await here.happen(other, times=2)
    await here.happen(user)

    assert await device.next() == [1]


async def test_many_at_once_arrive_in_order_on_every_device(
    here: Replica, there: Replica
):
    user = uuid4()
    devices = [await beginning(at.watch(user)) for at in (here, there) * 3]

    async with asyncio.TaskGroup() as tasks:
        for number in range(40):
            tasks.create_task((here, there)[number % 2].happen(user, times=5))
        read = [tasks.create_task(device.numbers(200)) for device in devices]

    assert [task.result() for task in read] == [list(range(1, 201))] * 6


async def test_a_device_goes_on_at_any_replica(here: Replica, there: Replica):
    user = uuid4()
    device = await beginning(here.watch(user))
    await here.happen(user)
    assert await device.next() == [1]
    device.stream.cancel()
    await here.happen(user, times=2)

    resumed = await beginning(there.watch(user, device.cursor))

    assert resumed.cursor == device.cursor
    assert await resumed.numbers(2) == [2, 3]


async def test_a_device_that_was_away_gets_no_more_than_a_batch_at_a_time(
    here: Replica,
):
    user = uuid4()
    device = await beginning(here.watch(user))
    await here.happen(user, times=2 * MAX_EVENTS + 5)

    resumed = await beginning(here.watch(user, device.cursor))

    batches = [await resumed.next() for _ in range(3)]
    assert [len(batch) for batch in batches] == [MAX_EVENTS, MAX_EVENTS, 5]
    assert [*chain(*batches)] == list(range(1, 2 * MAX_EVENTS + 6))


async def test_a_silent_device_is_told_that_all_is_well(here: Replica, clock: Seconds):
    user = uuid4()
    device = await beginning(here.watch(user))
    cursor = device.cursor

    clock.now += KEEP_ALIVE_SECONDS

    assert await device.next() == []
    assert device.cursor == cursor


async def test_a_stream_ends_with_the_token_and_goes_on_with_the_next(
    here: Replica, clock: Seconds
):
    user = uuid4()
    device = await beginning(here.watch(user))

    clock.now += 301  # a token is good for 300 seconds

    assert await device.ended()
    await here.happen(user)
    resumed = await beginning(here.watch(user, device.cursor))
    assert await resumed.next() == [1]


async def test_only_replicas_with_a_users_devices_are_told(
    here: Replica, there: Replica, redis_url: str
):
    user = uuid4()
    async with Redis.from_url(redis_url) as redis:
        device = await beginning(here.watch(user))
        async for attempt in patiently():
            with attempt:
                assert await redis.pubsub_numsub(topic(user)) == [
                    (topic(user).encode(), 1)
                ]
        device.stream.cancel()

        async for attempt in patiently():
            with attempt:
                assert await redis.pubsub_channels() == []


async def test_what_a_person_does_reaches_their_devices(chat: Chat):
    stub: pb_grpc.SyncServiceAsyncStub = pb_grpc.SyncServiceStub(chat.channel)
    request = pb.WatchChangesRequest(parent=f"users/{chat.user}")
    device = await beginning(Device(stub.WatchChanges(request, metadata=chat.me)))

    name = await chat.conversation()
    async with asyncio.timeout(LONG):
        response = await device.stream.read()

    assert isinstance(response, pb.WatchChangesResponse)
    assert [event.conversation_created.conversation for event in response.events] == [
        name
    ]
