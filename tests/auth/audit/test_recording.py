"""How events come into the log, and what happens when they cannot."""

import asyncio
import json
import logging
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from prometheus_client import REGISTRY

from services.auth.audit.chain import Broken
from services.auth.audit.model import WITHHELD, Record
from services.auth.audit.ports import AT_ONCE, Draft, Seal
from services.auth.audit.recording import WAITING, Log
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.verifying import Verified
from services.kit.errors import Overloaded, Unavailable
from tests.auth.audit.conftest import ALICE, event, verified
from tests.auth.conftest import Clock


@pytest.mark.asvs("16.2.1")
async def test_what_is_recorded_can_be_read_and_verified(
    log: Log, records: PostgresRecords, keys: AuditKeys
):
    happened = event(stranger="eve@example.com")

    await log.record(happened)

    (found,) = await records.after(0, 10)
    entry = found.entry
    assert found.index == 1
    assert (entry.action, entry.outcome) == ("session.create", "success")
    assert (entry.actor, entry.user_id) == (ALICE, ALICE)
    assert (entry.subject, entry.session) == (happened.subject, happened.session)
    assert entry.details == {"method": "password"}
    assert found.place
    assert (found.place.address, found.place.user_agent) == ("192.0.2.1", "Browser/1")
    result = await verified(records, keys)
    assert isinstance(result, Verified)
    assert result.count == 1


async def test_an_empty_log_is_whole(records: PostgresRecords, keys: AuditKeys):
    result = await verified(records, keys)

    assert isinstance(result, Verified)
    assert result.count == 0


async def test_two_hundred_at_once_have_no_gaps_and_keep_their_order(
    records: PostgresRecords, keys: AuditKeys, clock: Clock
):
    logs = [Log(records, keys, clock=clock) for _ in range(4)]

    await asyncio.gather(
        *(
            logs[n % 4].record(event(details={"log": str(n % 4), "number": str(n)}))
            for n in range(200)
        )
    )

    found = await records.after(0, 500)
    assert [it.index for it in found] == list(range(1, 201))
    for each in range(4):
        numbers = [
            int(it.entry.details["number"])
            for it in found
            if it.entry.details["log"] == str(each)
        ]
        assert numbers == sorted(numbers)
        assert len(numbers) == 50
    assert isinstance(await verified(records, keys), Verified)


@pytest.mark.asvs("16.2.5")
async def test_no_e_mail_address_gets_into_the_log(
    log: Log, records: PostgresRecords, keys: AuditKeys
):
    address = "eve@example.com"

    await log.record(
        event(subject=f"users/{address}", details={"to": address}, stranger=address)
    )
    await log.record(event(stranger=address))

    one, other = (record.entry for record in await records.after(0, 10))
    assert address not in one.content
    assert one.subject == WITHHELD
    assert one.details == {"to": WITHHELD}
    assert one.stranger == other.stranger == keys.stranger(address)


@pytest.mark.asvs("16.4.1")
async def test_what_would_forge_lines_stays_in_its_field(
    log: Log, records: PostgresRecords, keys: AuditKeys, caplog
):
    caplog.set_level(logging.INFO)
    evil = 'x"}\n{"action": "user.create"}\r\0\x1b[2J\u2028\ud800'

    await log.record(event(subject=evil, user_agent=evil, details={"by": evil}))

    (found,) = await records.after(0, 10)
    assert found.place
    assert found.place.user_agent == evil.replace("\0", "\ufffd").replace(
        "\ud800", "\ufffd"
    )
    assert "\n" not in found.entry.content
    assert json.loads(found.entry.content)["details"]["by"] == found.place.user_agent
    assert isinstance(await verified(records, keys), Verified)


async def test_an_event_is_one_line_and_one_count(log: Log, caplog):
    caplog.set_level(logging.INFO)
    labels = {"action": "role.change", "outcome": "denied"}
    before = REGISTRY.get_sample_value("audit_events_total", labels) or 0

    await log.record(event("role.change", outcome="denied"))

    (line,) = [it for it in caplog.records if it.name == "audit"]
    assert line.levelname == "INFO"
    assert line.getMessage() == "role.change"
    assert line.__dict__["actor"] == f"users/{ALICE}"
    assert line.__dict__["event"].startswith("1:")
    assert "192.0.2.1" not in str(line.__dict__)
    assert REGISTRY.get_sample_value("audit_events_total", labels) == before + 1


class Failing(PostgresRecords):
    """A store that fails as it does when Postgres is gone, or is slow, until told."""

    def __init__(self) -> None:  # of no database
        self.gone = asyncio.Event()
        self.asked = asyncio.Event()

    async def append(self, drafts: Sequence[Draft], seal: Seal) -> Sequence[Record]:
        self.asked.set()
        await self.gone.wait()
        raise Unavailable(part="postgres")


@pytest.mark.asvs("16.5.3")
async def test_when_it_cannot_be_stored_who_records_is_told_and_a_line_remains(
    keys: AuditKeys, clock: Clock, caplog
):
    caplog.set_level(logging.INFO)
    store = Failing()
    store.gone.set()
    log = Log(store, keys, clock=clock)

    with pytest.raises(Unavailable):
        await log.record(event())

    (line,) = [it for it in caplog.records if it.name == "audit"]
    assert line.levelname == "ERROR"
    assert line.getMessage() == "not stored: session.create"


async def test_what_waits_is_bounded(keys: AuditKeys, clock: Clock):
    store = Failing()
    log = Log(store, keys, clock=clock)
    waiting = [asyncio.create_task(log.record(event())) for _ in range(WAITING + 100)]
    await store.asked.wait()

    more = [asyncio.create_task(log.record(event())) for _ in range(200)]
    done, _ = await asyncio.wait([*waiting, *more], return_when="FIRST_COMPLETED")
    store.gone.set()
    results = await asyncio.gather(*waiting, *more, return_exceptions=True)

    assert all(isinstance(task.exception(), Overloaded) for task in done)
    assert {type(it) for it in results} == {Overloaded, Unavailable}
    assert sum(isinstance(it, Unavailable) for it in results) >= WAITING


async def test_nothing_is_changed_while_too_much_waits(keys: AuditKeys, clock: Clock):
    store = Failing()
    log = Log(store, keys, clock=clock)
    waiting = [asyncio.create_task(log.record(event())) for _ in range(WAITING)]
    await store.asked.wait()
    waiting += [asyncio.create_task(log.record(event())) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)  # until they wait

    with pytest.raises(Overloaded):
        async with log.together():
            pytest.fail("it was let in")

    store.gone.set()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_who_goes_away_takes_no_event_along(
    log: Log, records: PostgresRecords, keys: AuditKeys
):
    tasks = [asyncio.create_task(log.record(event())) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    await log.record(event("last.one"))

    found = await records.after(0, 100)
    assert len(found) == 21
    assert isinstance(await verified(records, keys), Verified)


async def test_a_key_takes_over_from_another(
    log: Log, records: PostgresRecords, keys: AuditKeys, clock: Clock
):
    await log.record(event())
    new = AuditKeys(ec.generate_private_key(ec.SECP256R1()), earlier=keys.published)

    await Log(records, new, clock=clock).record(event())

    assert isinstance(await verified(records, new), Verified)
    assert len({it.mark.key_id for it in await records.after(0, 10)}) == 2
    assert await verified(records, keys) == Broken(2, "signature")
