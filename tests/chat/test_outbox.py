"""Domain events: in order for each user, and missed by nobody."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import LiteralString
from uuid import UUID, uuid4

import pytest

from services.chat.outbox.model import (
    BEGINNING,
    Event,
    Position,
    Recorded,
    topic,
)
from services.chat.outbox.store import (
    AFTER,
    FORGET,
    HEADS,
    TAKE,
    PostgresConsumers,
    PostgresEvents,
    record,
)
from services.kit.outbox import Outbox
from services.kit.postgres import Database

ROOT = Path(__file__).parents[2]

MANY: LiteralString = """
    INSERT INTO events SELECT
        ('00000000-0000-4000-8000-' || lpad((number % 50)::text, 12, '0'))::uuid,
        number / 50 + 1, gen_random_uuid(), 'user_data_erased', NULL, NULL, '{}',
        now() - number * interval '1 minute', (number / 10 + 1)::text::xid8
    FROM generate_series(0, 19999) AS number
"""


@pytest.fixture
async def database(chat_database: str) -> AsyncIterator[Database]:
    """chat's database."""
    async with Database.connect(chat_database, patient=True) as database:
        yield database


@pytest.fixture
def events(database: Database) -> PostgresEvents:
    """Each user's events."""
    return PostgresEvents(database)


@pytest.fixture
def outbox(database: Database) -> Outbox[Position, Recorded]:
    """All users' events."""
    return Outbox(PostgresConsumers(database), Position.of)


def created(user: UUID) -> Event:
    """Make an event."""
    return Event(user_id=user, kind="conversation_created", conversation_id=uuid4())


async def happen(database: Database, user: UUID, times: int = 1) -> None:
    """Let something happen."""
    for _ in range(times):
        async with database.transaction() as connection:
            await record(connection, created(user))


async def rest(outbox: Outbox[Position, Recorded], consumer: str) -> list[Recorded]:
    """Take what a consumer has not taken."""
    batches = [batch async for batch in outbox.consume(consumer, follow=False)]
    return [event for batch in batches for event in batch]


async def test_the_events_of_a_user_are_numbered_as_they_are_committed(
    database: Database, events: PostgresEvents
):
    user = uuid4()
    committed: list[UUID | None] = []
    seen: list[UUID | None] = []

    async def write() -> None:
        event = created(user)
        async with database.transaction() as connection:
            await connection.execute("SELECT pg_current_xact_id()")
            await record(connection, event)
            committed.append(event.conversation_id)

    async def read() -> None:
        while len(seen) < 40:
            found = await events.after(user, len(seen), 7)
            assert [event.seq for event in found.events] == list(
                range(len(seen) + 1, len(seen) + len(found.events) + 1)
            )
            seen.extend(event.conversation_id for event in found.events)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        for _ in range(40):
            tasks.create_task(write())

    assert seen == committed
    assert await events.heads([user, uuid4()]) == {user: 40}


async def test_what_is_rolled_back_takes_no_number(
    database: Database, events: PostgresEvents
):
    user = uuid4()

    async def fail() -> None:
        async with database.transaction() as connection:
            await record(connection, created(user))
            raise ZeroDivisionError

    await happen(database, user)
    with pytest.raises(ZeroDivisionError):
        await fail()
    await happen(database, user)

    found = await events.after(user, 0, 10)
    assert [event.seq for event in found.events] == [1, 2]
    assert found.head == 2


async def test_a_users_devices_are_told_once_it_is_committed(chat_database: str):
    user, told = uuid4(), []

    async def announce(topic: str) -> None:
        told.append(topic)

    async with (
        Database.connect(chat_database, announce=announce) as database,
        database.transaction() as connection,
    ):
        await record(connection, created(user))
        await record(connection, created(user))
        assert told == []

    assert told == [topic(user)]


async def test_events_are_kept_for_seven_days(
    database: Database, events: PostgresEvents
):
    user = uuid4()
    await happen(database, user, times=5)
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE events SET create_time = now() - interval '7 days 1 second'"
            " WHERE seq <= 3"
        )

    assert [await events.forget() for _ in range(2)] == [3, 0]
    found = await events.after(user, 0, 10)
    assert [event.seq for event in found.events] == [4, 5]
    assert found.head == 5


async def test_a_consumer_takes_all_users_events_once(
    database: Database, outbox: Outbox[Position, Recorded]
):
    users = [uuid4(), uuid4()]
    for user in users:
        await happen(database, user, times=3)

    taken = await rest(outbox, "relay")
    await happen(database, users[0])

    for user in users:
        assert [event.seq for event in taken if event.user_id == user] == [1, 2, 3]
    assert [event.seq for event in await rest(outbox, "relay")] == [4]
    assert len(await rest(outbox, "another")) == 7


async def test_a_transaction_that_commits_late_is_not_missed(
    database: Database, outbox: Outbox[Position, Recorded]
):
    late, early = uuid4(), uuid4()

    async with database.transaction() as connection:
        await record(connection, created(late))
        await happen(database, early)
        before = await rest(outbox, "relay")
    after = await rest(outbox, "relay")

    assert before == []
    assert {event.user_id for event in after} == {late, early}


async def test_a_consumer_sees_a_users_order_whoever_began_first(
    database: Database, outbox: Outbox[Position, Recorded]
):
    user, elsewhere = uuid4(), uuid4()

    async with database.transaction() as first:
        await first.execute("SELECT pg_current_xact_id()")
        async with database.transaction() as running:
            # Began after the first, before the second, and goes on.
            await running.execute("SELECT pg_current_xact_id()")
            await happen(database, user)
            await record(first, created(user))
            await first.commit()
            during = await rest(outbox, "relay")
            await record(running, created(elsewhere))
    after = await rest(outbox, "relay")

    assert during == []
    assert [event.seq for event in after if event.user_id == user] == [1, 2]


async def test_a_consumer_that_dies_takes_the_same_again(
    database: Database, outbox: Outbox[Position, Recorded]
):
    user = uuid4()
    await happen(database, user, times=3)

    async def die() -> Sequence[Recorded]:
        async for batch in outbox.consume("relay", follow=True):
            return batch
        raise AssertionError

    taken = await die()

    assert [event.id for event in taken] == [
        event.id for event in await rest(outbox, "relay")
    ]
    assert await rest(outbox, "relay") == []


async def test_of_two_consumers_of_one_name_none_goes_back(
    database: Database, outbox: Outbox[Position, Recorded]
):
    consumers = PostgresConsumers(database)
    user = uuid4()
    await happen(database, user, times=2)
    batch = await consumers.take(BEGINNING, 10)
    first, last = Position.of(batch[0]), Position.of(batch[-1])

    await consumers.move("relay", BEGINNING, last)
    await consumers.move("relay", BEGINNING, first)

    assert await consumers.position("relay") == last


async def test_operators_read_events_as_lines(database: Database, chat_database: str):
    user = uuid4()
    await happen(database, user, times=2)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.chat.outbox", "--follow"),
        env={"CHAT_DATABASE_URL": chat_database, "PYTHONPATH": ".:gen/python"},
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout
    try:
        lines = [json.loads(await process.stdout.readline()) for _ in range(2)]
        await happen(database, user)
        lines.append(json.loads(await process.stdout.readline()))
    finally:
        process.terminate()
        await process.wait()

    assert [line["seq"] for line in lines] == ["1", "2", "3"]
    assert {line["user"] for line in lines} == {f"users/{user}"}
    assert all("conversation_created" in line for line in lines)


async def test_events_are_found_by_index(database: Database):
    async with database.transaction() as connection:
        await connection.execute(MANY)
        await connection.execute(
            "INSERT INTO event_heads SELECT gen_random_uuid(), 1, '1'"
            " FROM generate_series(1, 20000)"
        )
        await connection.execute("ANALYZE events, event_heads")
    user = UUID("00000000-0000-4000-8000-000000000007")
    values = {"user_id": user, "seq": 5, "transaction": "3", "limit": 100}

    async def plan(statement: LiteralString, values: dict[str, object]) -> str:
        async with database.transaction() as connection:
            found = await connection.execute(f"EXPLAIN {statement}", values)
            return "\n".join([line async for (line,) in found])

    after = await plan(AFTER, values)
    assert "_pkey on events_" in after
    assert "Seq Scan" not in after
    heads = await plan(HEADS, {"user_ids": [user, uuid4(), uuid4()]})
    assert "Index" in heads
    assert "Seq Scan" not in heads
    take = await plan(TAKE, values)
    assert "transaction_user_id_seq_idx on events_" in take
    assert "Seq Scan" not in take
    forget = await plan(FORGET, values)
    assert "create_time_idx on events_" in forget
