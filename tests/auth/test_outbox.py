"""The audit log as events for others: `python -m services.auth.outbox`."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from parley.event.v1 import event_pb2 as pb
from services.auth.audit.recording import Log
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.outbox.store import PostgresConsumers
from services.auth.outbox.wire import to_event
from services.kit.outbox import Outbox
from services.kit.postgres import Database
from tests.auth.audit.conftest import ALICE, event
from tests.auth.conftest import Clock
from tests.stack import run_module

ROOT = Path(__file__).parents[2]


async def printed(url: str, *arguments: str) -> list[dict[str, Any]]:
    """Run the consumer; return what it prints."""
    environment = {
        "AUTH_DATABASE_URL": url,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'gen/python'}",
    }
    said = await run_module("services.auth.outbox", *arguments, environment=environment)
    return [json.loads(line) for line in said.splitlines()]


async def test_every_event_is_told_once_with_names_and_numbers_alone(
    auth_database: str, clock: Clock
):
    keys = AuditKeys(ec.generate_private_key(ec.SECP256R1()))
    async with Database.connect(auth_database) as database:
        log = Log(PostgresRecords(database), keys, clock=clock)
        for _ in range(3):
            await log.record(event(stranger="eve@example.com"))
        first = await printed(auth_database, "--consumer", "siem")
        await log.record(event("user.delete", actor=None, subject="users/-"))
        second = await printed(auth_database, "--consumer", "siem")
        everything = await printed(auth_database)
        (*_, last) = await PostgresRecords(database).after(0, 10)

    assert [it["seq"] for it in first] == ["1", "2", "3"]
    assert [it["seq"] for it in second] == ["4"]
    assert [*first, *second] == everything
    assert first[0]["user"] == f"users/{ALICE}"
    assert "user" not in second[0]
    assert first[0]["audit_recorded"] == {
        "audit_event": "auditEvents/1",
        "action": "session.create",
        "outcome": "success",
        "actor": f"users/{ALICE}",
        "subject": first[0]["audit_recorded"]["subject"],
        "hash": first[0]["audit_recorded"]["hash"],
    }
    assert second[0]["audit_recorded"]["hash"] == last.mark.hash.hex()
    assert "192.0.2.1" not in str(everything)
    assert to_event(last) == pb.Event(
        id=str(last.entry.id),
        seq=4,
        create_time=to_event(last).create_time,
        audit_recorded=to_event(last).audit_recorded,
    )


async def test_who_does_not_take_an_event_gets_it_again(
    auth_database: str, clock: Clock
):
    keys = AuditKeys(ec.generate_private_key(ec.SECP256R1()))
    async with Database.connect(auth_database) as database:
        await Log(PostgresRecords(database), keys, clock=clock).record(event())
        outbox = Outbox(PostgresConsumers(database), lambda it: it.index)
        async for batch in outbox.consume("one", follow=False):
            stopped = batch
            break
        again = [batch async for batch in outbox.consume("one", follow=False)]
        more = [batch async for batch in outbox.consume("one", follow=False)]

    assert [list(stopped)] == [list(batch) for batch in again]
    assert more == []
