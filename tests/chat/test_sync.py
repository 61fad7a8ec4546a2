"""SyncService: everything that happens, on every device, once and in order."""

import asyncio
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from itertools import chain
from pathlib import Path
from uuid import uuid4

import grpc
import psycopg
import pytest
from redis.asyncio import Redis
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)

from deploy.local import redis as embedded_redis
from services.chat.outbox.model import topic
from services.chat.outbox.store import record
from services.chat.sync.model import (
    KEEP_ALIVE_SECONDS,
    MAX_EVENTS,
    MAX_STREAMS_PER_USER,
    Cursor,
)
from services.kit.postgres import Database
from tests.calls import refusal
from tests.chat.sync import LONG, Device, Replica, created, replica
from tests.identity import Identity
from tests.kit.test_postgres import END_OTHERS


class Seconds:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


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


async def test_a_cursor_of_another_user_is_refused(here: Replica):
    user, other = uuid4(), uuid4()
    theirs = await beginning(here.watch(other))

    refused = await refusal(here.watch(user, theirs.cursor).stream)

    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "cursor"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        "AAAA",
        "\u202e",
        urlsafe_b64encode(b"x" * 25).decode(),
        "A" * 100_000,
    ],
)
async def test_what_is_no_cursor_is_refused(here: Replica, cursor: str):
    refused = await refusal(here.watch(uuid4(), cursor).stream)

    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "cursor"


@pytest.mark.parametrize("seq", [2, 2**63, 2**64 - 1])
async def test_a_cursor_from_the_future_is_refused(here: Replica, seq: int):
    user = uuid4()
    await here.happen(user)

    refused = await refusal(here.watch(user, str(Cursor(user, seq))).stream)

    assert refused.reason == "INVALID_FIELD"


@pytest.mark.parametrize("dropped", [2, 3])
async def test_a_cursor_behind_what_is_kept_has_expired(here: Replica, dropped: int):
    user = uuid4()
    device = await beginning(here.watch(user))
    await here.happen(user, times=3)
    assert await device.numbers(3) == [1, 2, 3]
    async with here.database.transaction() as connection:
        await connection.execute("DELETE FROM events WHERE seq <= %s", [dropped])

    refused = await refusal(here.watch(user, str(Cursor(user, 1))).stream)
    resumed = await beginning(here.watch(user, device.cursor))

    assert refused.code == grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "CURSOR_EXPIRED"
    await here.happen(user)
    assert await resumed.next() == [4]


async def test_nobody_watches_another_user(here: Replica):
    refused = await refusal(here.watch(uuid4(), caller=uuid4()).stream)

    assert refused.code == grpc.StatusCode.PERMISSION_DENIED


async def test_a_user_has_so_many_streams_and_no_more(here: Replica):
    user = uuid4()
    devices = [await beginning(here.watch(user)) for _ in range(MAX_STREAMS_PER_USER)]

    refused = await refusal(here.watch(user).stream)

    assert refused.reason == "OVERLOADED"
    assert refused.retry_seconds == 5
    await beginning(here.watch(uuid4()))
    devices[0].stream.cancel()
    async for attempt in patiently():
        with attempt:
            again = here.watch(user)
            assert await again.stream.initial_metadata() is not None
            assert await again.stream.read() is not grpc.aio.EOF


async def test_a_drain_ends_the_streams_and_devices_go_on_elsewhere(
    chat_database: str, redis_url: str, identity: Identity, there: Replica
):
    user = uuid4()
    async with replica(chat_database, redis_url, identity, drain_seconds=LONG) as here:
        device = await beginning(here.watch(user))
        async with here.devices.streaming():
            pass

        assert await device.ended()
        assert (await refusal(here.watch(user).stream)).reason == "UNAVAILABLE"
    await there.happen(user)

    resumed = await beginning(there.watch(user, device.cursor))
    assert await resumed.next() == [1]


async def test_streams_outlive_postgres_going_away(here: Replica, chat_database: str):
    user = uuid4()
    device = await beginning(here.watch(user))
    await here.happen(user)
    assert await device.next() == [1]

    with psycopg.connect(chat_database) as other:
        other.execute("LOCK TABLE event_heads IN ACCESS EXCLUSIVE MODE")
        here.devices.look_at(user)
        # Refused after the lock timeout, looked at again later.
        async for attempt in patiently():
            with attempt:
                assert here.devices._later
        other.execute(END_OTHERS)
    async for attempt in patiently():
        with attempt:
            await here.happen(user)

    assert (await device.next())[0] == 2


class KillableRedis:
    """A server of its own, to be killed and started again."""

    def __init__(self, socket: Path, data: Path) -> None:
        self.url = embedded_redis.url(socket)
        self._command = embedded_redis.command(data, socket)
        self.start()

    def start(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def killable(run_folder: Path, tmp_path: Path) -> Iterator[KillableRedis]:
    """Start a Redis that a test may kill."""
    redis = KillableRedis(run_folder / "sync.sock", tmp_path)
    yield redis
    redis.kill()


async def test_changes_arrive_without_redis_and_at_once_when_it_is_back(
    chat_database: str, identity: Identity, killable: KillableRedis
):
    user = uuid4()
    async with (
        replica(chat_database, killable.url, identity) as here,
        replica(chat_database, killable.url, identity) as there,
    ):
        device = await beginning(there.watch(user))
        await here.happen(user)
        assert await device.next() == [1]

        killable.kill()
        await here.happen(user)
        assert await device.next() == [2]

        killable.start()
        async for attempt in patiently():
            with attempt:
                assert here.signals.connected
                assert there.signals.connected
        await here.happen(user, times=3)
        assert await device.numbers(3) == [3, 4, 5]


async def test_a_replica_that_nobody_wakes_looks_from_time_to_time(
    here: Replica, clock: Seconds, chat_database: str
):
    user = uuid4()
    device = await beginning(here.watch(user))

    async with (
        Database.connect(chat_database) as unannounced,
        unannounced.transaction() as connection,
    ):
        await record(connection, created(user))
    clock.now += 30

    while not (numbers := await device.next()):
        pass
    assert numbers == [1]
