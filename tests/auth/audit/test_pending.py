"""Events of changes: stored with these, and in the log right after."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import LiteralString

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.auth.audit.model import FORGED, USER_DELETED, Record
from services.auth.audit.ports import AT_ONCE, Draft, Seal
from services.auth.audit.recording import Log
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.verifying import Verified
from services.kit.errors import Unavailable
from services.kit.postgres import Database
from tests.auth.audit.conftest import ALICE, Tamper, event, verified
from tests.auth.conftest import Clock

Leave = Callable[..., Awaitable[None]]


class Dying(PostgresRecords):
    """A store that a process has which dies before it appends."""

    async def append(self, drafts: Sequence[Draft], seal: Seal) -> Sequence[Record]:
        raise Unavailable(part="postgres")


@pytest.fixture
def leave(own_database: Database, keys: AuditKeys, clock: Clock) -> Leave:
    """Leave an event pending."""
    log = Log(Dying(own_database), keys, clock=clock)

    async def record(action: str = "role.change", **changes: object) -> None:
        async with log.together():
            await log.record(event(action, **changes))

    return record


async def actions(records: PostgresRecords) -> list[str]:
    """Say what is in the log."""
    return [it.entry.action for it in await records.after(0, 1000)]


async def people(database: Database) -> int:
    """Count who knows of a change: what stands for it in these tests."""
    async with database.statement() as connection:
        found = await connection.execute("SELECT count(*) FROM audit_consumers")
        row = await found.fetchone()
        return int(row[0]) if row else 0


async def change(database: Database, name: str) -> None:
    async with database.transaction() as connection:
        query = "INSERT INTO audit_consumers (consumer, index) VALUES (%s, 0)"
        await connection.execute(query, [name])


@pytest.mark.asvs("16.3.3")
async def test_a_change_and_its_events_are_there_together(
    log: Log, records: PostgresRecords, keys: AuditKeys, own_database: Database
):
    async with log.together():
        await change(own_database, "one")
        await log.record(event("role.create"))
        async with log.together():
            await log.record(event("role.change", address=None, user_agent=""))
        assert await asyncio.create_task(people(own_database)) == 0
        assert await asyncio.create_task(records.pending()) == 0

    assert await people(own_database) == 1
    assert await records.pending() == 0
    created, changed = await records.after(0, 10)
    assert (created.entry.action, changed.entry.action) == (
        "role.create",
        "role.change",
    )
    assert created.place
    assert created.place.address == "192.0.2.1"
    assert (changed.place, changed.entry.place_hash) == (None, None)
    assert isinstance(await verified(records, keys), Verified)


async def test_neither_is_there_when_the_change_fails(
    log: Log, records: PostgresRecords, own_database: Database
):
    async def fail() -> None:
        async with log.together():
            await change(own_database, "one")
            await log.record(event())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    await log.record(event("session.delete", outcome="failure"))
    assert await people(own_database) == 0
    assert await actions(records) == ["session.delete"]


async def test_who_changes_nothing_appends_nothing(log: Log, records: PostgresRecords):
    async with log.together():
        pass

    assert await actions(records) == []


async def test_a_change_stays_made_whose_event_cannot_be_appended_yet(
    leave: Leave, records: PostgresRecords, keys: AuditKeys, clock: Clock, caplog
):
    await leave("role.create")
    await leave("role.change")

    assert "events stay pending" in caplog.text
    assert await actions(records) == []
    assert await records.pending() == 2
    another = Log(records, keys, clock=clock)
    assert await another.catch_up() == 2
    assert await another.catch_up() == 0
    assert await actions(records) == ["role.create", "role.change"]
    assert isinstance(await verified(records, keys), Verified)


async def test_whoever_records_next_takes_along_what_is_pending_before(
    leave: Leave, log: Log, records: PostgresRecords, keys: AuditKeys
):
    await leave()

    await log.record(event("session.create", outcome="failure"))

    assert await actions(records) == ["role.change", "session.create"]
    assert isinstance(await verified(records, keys), Verified)


async def test_more_than_is_appended_at_once_is_all_appended_once_in_its_order(
    leave: Leave, records: PostgresRecords, keys: AuditKeys, clock: Clock
):
    count = 2 * AT_ONCE + 1
    for number in range(count):
        await leave(details={"number": str(number)})

    logs = [Log(records, keys, clock=clock) for _ in range(3)]
    await asyncio.gather(*(each.append_pending() for each in logs))

    found = await records.after(0, 1000)
    assert [it.entry.details["number"] for it in found] == list(map(str, range(count)))
    assert isinstance(await verified(records, keys), Verified)


async def test_a_hundred_changes_at_once_are_all_recorded_and_seen_by_who_makes_them(
    records: PostgresRecords, keys: AuditKeys, clock: Clock, own_database: Database
):
    logs = [Log(records, keys, clock=clock) for _ in range(4)]

    async def one(number: int) -> None:
        log = logs[number % 4]
        async with log.together():
            await change(own_database, str(number))
            await log.record(event(details={"number": str(number)}))
        # Who made it sees it in the log at once.
        found = await records.after(0, 1000)
        assert str(number) in {it.entry.details["number"] for it in found}

    await asyncio.gather(*map(one, range(100)))

    assert await people(own_database) == len(await actions(records)) == 100
    assert isinstance(await verified(records, keys), Verified)


async def test_a_person_whose_deletion_was_pending_has_no_place(
    leave: Leave, log: Log, records: PostgresRecords, keys: AuditKeys
):
    await leave("session.create")
    await leave(USER_DELETED, subject=f"users/{ALICE}")

    await log.catch_up()

    assert [it.place for it in await records.after(0, 10)] == [None, None]
    assert isinstance(await verified(records, keys), Verified)


FORGERIES: dict[str, LiteralString] = {
    "edited": "UPDATE audit_pending SET action = 'session.create'",
    "of another": "UPDATE audit_pending SET actor = gen_random_uuid()",
    "of another time": "UPDATE audit_pending SET time = 'infinity'",
    "from elsewhere": "UPDATE audit_pending SET address = '198.51.100.7'",
    "from nowhere": "UPDATE audit_pending SET salt = NULL",
    "of a key that is not ours": "UPDATE audit_pending SET key_id = ''",
    "not signed": r"UPDATE audit_pending SET signature = '\x00'",
}


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize("how", FORGERIES)
async def test_what_was_not_stored_by_auth_is_told_instead_of_appended(
    leave: Leave,
    log: Log,
    records: PostgresRecords,
    keys: AuditKeys,
    tamper: Tamper,
    how: str,
):
    await leave()
    await tamper(FORGERIES[how])
    await leave("role.delete")

    await log.catch_up()

    forged, genuine = await records.after(0, 10)
    assert (forged.entry.action, forged.entry.outcome) == (FORGED, "denied")
    assert genuine.entry.action == "role.delete"
    assert isinstance(await verified(records, keys), Verified)


@pytest.mark.asvs("16.4.2")
async def test_what_is_put_there_once_more_is_appended_once(
    leave: Leave, log: Log, records: PostgresRecords, keys: AuditKeys, tamper: Tamper
):
    await leave()
    await tamper("CREATE TABLE auth.copied AS SELECT * FROM audit_pending")
    await log.catch_up()
    await tamper(
        "INSERT INTO audit_pending OVERRIDING SYSTEM VALUE SELECT * FROM auth.copied",
        "DROP TABLE auth.copied",
    )

    await log.catch_up()

    assert await actions(records) == ["role.change", FORGED]
    assert isinstance(await verified(records, keys), Verified)


async def test_what_an_earlier_key_signed_is_appended_by_the_next(
    leave: Leave, records: PostgresRecords, keys: AuditKeys, clock: Clock
):
    await leave()
    new = AuditKeys(ec.generate_private_key(ec.SECP256R1()), earlier=keys.published)

    await Log(records, new, clock=clock).catch_up()

    assert await actions(records) == ["role.change"]
    assert isinstance(await verified(records, new), Verified)
