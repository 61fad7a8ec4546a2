"""SyncService when a replica, Redis or Postgres goes away."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from deploy.local import redis as embedded_redis
from services.chat.outbox.store import record
from services.kit.postgres import Database
from tests.calls import refusal
from tests.chat.sync import (
    LONG,
    Replica,
    Seconds,
    beginning,
    created,
    patiently,
    replica,
)
from tests.identity import Identity
from tests.kit.test_postgres import END_OTHERS


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

    async with await psycopg.AsyncConnection.connect(chat_database) as other:
        await other.execute("LOCK TABLE event_heads IN ACCESS EXCLUSIVE MODE")
        here.devices.look_at(user)
        await other.execute(END_OTHERS)
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
