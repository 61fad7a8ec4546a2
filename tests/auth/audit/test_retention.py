"""What goes after a time, without breaking the log."""

from datetime import timedelta

import pytest

from services.auth.audit.chain import Broken
from services.auth.audit.recording import Log
from services.auth.audit.retention import Retention
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.verifying import Verified
from tests.auth.audit.conftest import Tamper, event, verified
from tests.auth.conftest import Clock

DAY = timedelta(days=1)


@pytest.fixture
def retention(log: Log, records: PostgresRecords, clock: Clock) -> Retention:
    """Keep places for ten days and events for twenty."""
    return Retention(records, log, days=20, place_days=10, clock=clock)


@pytest.fixture
async def month(log: Log, clock: Clock) -> None:
    """An event a day, for thirty days up to now."""
    clock.ahead -= 29 * DAY
    for _ in range(30):
        await log.record(event())
        clock.ahead += DAY
    clock.ahead -= DAY


@pytest.mark.asvs("14.2.7")
@pytest.mark.usefixtures("month")
async def test_places_and_then_events_go_when_they_are_old_and_the_rest_verifies(
    retention: Retention, records: PostgresRecords, keys: AuditKeys
):
    forgotten = await retention.forget_places()
    after_places = await verified(records, keys)
    cut = await retention.cut()
    after_cut = await verified(records, keys)

    assert isinstance(after_places, Verified)
    assert isinstance(after_cut, Verified)
    assert forgotten == after_places.erased_places == 19
    assert cut == after_cut.base.index == 9
    kept = await records.after(0, 100)
    assert [it.index for it in kept] == list(range(10, 33))
    assert [it.entry.action for it in kept[-2:]] == ["audit.forget", "audit.cut"]


@pytest.mark.usefixtures("month")
async def test_it_is_said_once_a_day(
    retention: Retention, records: PostgresRecords, clock: Clock, keys: AuditKeys
):
    for _ in range(3):
        await retention.forget_places()
        await retention.cut()
    clock.ahead += DAY
    await retention.forget_places()
    await retention.cut()

    actions = [it.entry.action for it in await records.after(30, 100)]
    assert actions == ["audit.forget", "audit.cut"] * 2
    assert isinstance(await verified(records, keys), Verified)


@pytest.mark.usefixtures("month")
async def test_places_that_the_log_does_not_say_it_forgot_are_named(
    retention: Retention, records: PostgresRecords, keys: AuditKeys, tamper: Tamper
):
    await retention.forget_places()
    await tamper("DELETE FROM audit_places WHERE index = 20")

    assert await verified(records, keys) == Broken(20, "deleted")


@pytest.mark.usefixtures("month")
async def test_more_cut_off_than_the_log_says_is_named(
    retention: Retention, records: PostgresRecords, keys: AuditKeys, tamper: Tamper
):
    await retention.cut()
    await tamper(
        """UPDATE audit_base SET index = 12, hash = events.hash,
        key_id = events.key_id, signature = events.signature
        FROM audit_events AS events WHERE events.index = 12""",
        "DELETE FROM audit_events WHERE index <= 12",
    )

    assert await verified(records, keys) == Broken(1, "deleted")


@pytest.mark.usefixtures("month")
async def test_a_base_that_is_not_signed_is_named(
    retention: Retention, records: PostgresRecords, keys: AuditKeys, tamper: Tamper
):
    await retention.cut()
    await tamper("UPDATE audit_base SET hash = sha256(hash)")

    assert await verified(records, keys) == Broken(9, "signature")


@pytest.mark.usefixtures("month")
async def test_zero_days_keep_everything(
    log: Log, records: PostgresRecords, clock: Clock
):
    keeping = Retention(records, log, days=0, place_days=0, clock=clock)

    assert await keeping.forget_places() == await keeping.cut() == 0
    assert len(await records.after(0, 100)) == 30
