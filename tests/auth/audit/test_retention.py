"""What goes after a time, without breaking the log."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest

from services.auth.audit.chain import Broken
from services.auth.audit.model import Record
from services.auth.audit.recording import Log
from services.auth.audit.retention import Retention
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.verifying import Verified
from services.kit.postgres import Database
from tests.auth.audit.conftest import ALICE, Tamper, event, verified
from tests.auth.conftest import Clock

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    """Noon: what is old counts from midnight, which does not pass meanwhile."""
    clock = Clock()
    clock.ahead = clock().replace(hour=12, minute=0, second=0) - clock()
    return clock


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


# As if the log itself had said it, before where it is looked at.
SAID = """
    INSERT INTO audit_events SELECT 1, id, time, %(action)s, outcome, actor, %(user)s,
        subject, session, stranger, jsonb_build_object('until', '12'), NULL, previous,
        hash, key_id, signature
    FROM audit_events WHERE index = 20
"""


@pytest.mark.asvs("16.4.2")
@pytest.mark.usefixtures("month")
async def test_what_stands_before_the_log_explains_nothing(
    retention: Retention, records: PostgresRecords, keys: AuditKeys, tamper: Tamper
):
    await retention.cut()
    await tamper(
        """UPDATE audit_base SET index = 12, hash = events.hash,
        key_id = events.key_id, signature = events.signature
        FROM audit_events AS events WHERE events.index = 12""",
        "DELETE FROM audit_events WHERE index <= 12",
        SAID,
        action="audit.cut",
        user=None,
    )

    assert await verified(records, keys) == Broken(1, "deleted")


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize("action", ["audit.forget", "user.delete"])
@pytest.mark.usefixtures("month")
async def test_what_stands_before_the_log_explains_no_place_that_is_gone(
    retention: Retention,
    records: PostgresRecords,
    keys: AuditKeys,
    tamper: Tamper,
    action: str,
):
    await retention.cut()
    await tamper(
        "DELETE FROM audit_places WHERE index = 10",
        SAID,
        action=action,
        user=ALICE,
    )

    assert await verified(records, keys) == Broken(10, "deleted")


@pytest.mark.usefixtures("month")
async def test_a_base_that_is_not_signed_is_named(
    retention: Retention, records: PostgresRecords, keys: AuditKeys, tamper: Tamper
):
    await retention.cut()
    await tamper("UPDATE audit_base SET hash = sha256(hash)")

    assert await verified(records, keys) == Broken(9, "signature")


@pytest.mark.usefixtures("month")
async def test_a_clock_that_was_wrong_once_takes_nothing_along(
    log: Log, retention: Retention, records: PostgresRecords, clock: Clock
):
    clock.ahead -= 40 * DAY
    await log.record(event())
    clock.ahead += 40 * DAY

    await retention.forget_places()
    await retention.cut()

    kept = await records.after(0, 100)
    assert [it.index for it in kept] == list(range(10, 34))
    assert [it.index for it in kept if it.place] == list(range(20, 32))


class Meanwhile(PostgresRecords):
    """The stored log, of which something is removed while it is read."""

    def __init__(self, database: Database, remove: Callable[[], Awaitable[int]]):
        super().__init__(database)
        self._removes = [remove]

    async def after(self, index: int, limit: int) -> Sequence[Record]:
        if index >= 0 and self._removes:
            await self._removes.pop()()
        return await super().after(index, limit)


@pytest.mark.parametrize("what", ["cut", "forget_places"])
@pytest.mark.usefixtures("month")
async def test_what_is_removed_while_it_is_verified_is_no_damage(
    own_database: Database, retention: Retention, keys: AuditKeys, what: str
):
    records = Meanwhile(own_database, getattr(retention, what))

    assert isinstance(await verified(records, keys), Verified)


@pytest.mark.usefixtures("month")
async def test_zero_days_keep_everything(
    log: Log, records: PostgresRecords, clock: Clock
):
    keeping = Retention(records, log, days=0, place_days=0, clock=clock)

    assert await keeping.forget_places() == await keeping.cut() == 0
    assert len(await records.after(0, 100)) == 30
