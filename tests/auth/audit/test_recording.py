"""How events come into the log."""

import asyncio

from services.auth.audit.recording import Log
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.verifying import Verified
from tests.auth.audit.conftest import event, verified


async def test_what_is_recorded_can_be_read_and_verified(
    log: Log, records: PostgresRecords, keys: AuditKeys
):
    await log.record(event())

    (found,) = await records.after(0, 10)
    assert found.index == 1
    result = await verified(records, keys)
    assert isinstance(result, Verified)
    assert result.count == 1


async def test_two_hundred_at_once_have_no_gaps_and_keep_their_order(
    records: PostgresRecords, keys: AuditKeys, clock
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
