"""Whoever owns the database, and knows how the log is made, has no key to it."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.auth.audit.chain import Broken, link
from services.auth.audit.recording import Log
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.verifying import Expected, Verified
from services.kit.postgres import Database
from tests.auth.audit.conftest import Tamper, event, verified
from tests.auth.conftest import Clock

pytestmark = [pytest.mark.usefixtures("ten"), pytest.mark.asvs("16.4.2")]


class Forger:
    """Knows how the log is made, and has the database, but not the key."""

    def __init__(self, records: PostgresRecords, tamper: Tamper) -> None:
        self._records = records
        self._tamper = tamper
        self._keys = AuditKeys(ec.generate_private_key(ec.SECP256R1()))

    async def make_anew(self, first: int, contents: list[dict[str, Any]]) -> None:
        """Write events from an index on, with hashes that fit."""
        found = await self._records.after(0, 100)
        previous = found[first - 2].mark.hash
        for index, row in enumerate(contents, first):
            await self._write(index, previous, row)
            (now,) = await self._records.after(index - 1, 1)
            previous = link(previous, index, now.entry.content)
            await self._tamper(
                "UPDATE audit_events SET hash = %(hash)s WHERE index = %(index)s",
                hash=previous,
                index=index,
            )

    async def _write(self, index: int, previous: bytes, row: dict[str, Any]) -> None:
        await self._tamper(
            """
            INSERT INTO audit_events SELECT %(index)s, id, time, %(action)s, outcome,
                actor, user_id, subject, session, stranger, details, NULL, %(previous)s,
                hash, key_id, signature
            FROM audit_events WHERE index = %(like)s
            ON CONFLICT (index) DO UPDATE SET previous = excluded.previous,
                action = excluded.action, place_hash = NULL
            """,
            "DELETE FROM audit_places WHERE index = %(index)s",
            index=index,
            previous=previous,
            **row,
        )


async def test_a_row_edited_with_its_hash_is_named(
    records: PostgresRecords, keys: AuditKeys, tamper: Tamper
):
    await Forger(records, tamper).make_anew(4, [{"action": "no.thing", "like": 4}])

    assert await verified(records, keys) == Broken(4, "signature")


async def test_a_row_edited_with_all_hashes_after_it_is_named(
    records: PostgresRecords, keys: AuditKeys, tamper: Tamper
):
    rows = [{"action": "no.thing", "like": index} for index in range(4, 11)]
    await Forger(records, tamper).make_anew(4, rows)

    assert await verified(records, keys) == Broken(4, "signature")


async def test_a_row_put_in_between_is_named(
    records: PostgresRecords, keys: AuditKeys, tamper: Tamper
):
    await tamper(
        "UPDATE audit_events SET index = -index WHERE index >= 4",
        "UPDATE audit_events SET index = -index + 1 WHERE index < 0",
    )
    await Forger(records, tamper).make_anew(4, [{"action": "no.thing", "like": 3}])

    assert await verified(records, keys) == Broken(4, "inserted")


async def test_a_row_put_at_the_end_with_the_head_moved_is_named(
    records: PostgresRecords, keys: AuditKeys, tamper: Tamper
):
    await Forger(records, tamper).make_anew(11, [{"action": "no.thing", "like": 10}])
    await tamper(
        """UPDATE audit_head SET index = 11, hash = events.hash
        FROM audit_events AS events WHERE events.index = 11"""
    )

    assert await verified(records, keys) == Broken(11, "signature")


async def test_a_log_signed_with_another_key_is_named(
    own_database: Database, records: PostgresRecords, keys: AuditKeys, clock: Clock
):
    other = Log(
        records, AuditKeys(ec.generate_private_key(ec.SECP256R1())), clock=clock
    )
    await other.record(event())

    assert await verified(records, keys) == Broken(11, "signature")


async def test_an_older_head_put_back_with_the_tail_gone_is_found_by_what_was_expected(
    records: PostgresRecords, keys: AuditKeys, tamper: Tamper, log: Log
):
    """Nothing in the database tells: that takes a place written down elsewhere."""
    old = await records.head()
    assert old
    await log.record(event())
    new = await records.head()
    assert new
    await tamper(
        "DELETE FROM audit_events WHERE index = 11",
        """UPDATE audit_head SET index = %(index)s, hash = %(hash)s, time = %(time)s,
        signature = %(signature)s""",
        index=old.mark.index,
        hash=old.mark.hash,
        time=old.time,
        signature=old.mark.signature,
    )

    assert isinstance(await verified(records, keys), Verified)
    known = Expected(new.mark.index, new.mark.hash)
    assert await verified(records, keys, known) == Broken(11, "set_back")
    known = Expected(old.mark.index, old.mark.hash)
    assert isinstance(await verified(records, keys, known), Verified)


async def test_the_log_set_back_to_a_copy_with_other_events_since_is_found(
    records: PostgresRecords, keys: AuditKeys, log: Log
):
    known = Expected(10, bytes(32))

    assert await verified(records, keys, known) == Broken(10, "set_back")
