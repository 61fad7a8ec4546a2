"""Whoever owns the database changes the log: the first wrong index is named."""

from typing import LiteralString

import psycopg
import pytest

from services.auth.audit.chain import Broken
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.verifying import Verified
from services.kit.postgres import Database
from tests.auth.audit.conftest import Tamper, verified

pytestmark = pytest.mark.usefixtures("ten")

# What is done to event 4 of ten, and what that is called.
EDITS: dict[str, LiteralString] = {
    "id": "id = gen_random_uuid()",
    "time": "time = time - interval '1 microsecond'",
    "time that no calendar has": "time = 'infinity'",
    "time of another era": "time = '0100-01-01 BC'",
    "action": "action = 'session.delete'",
    "outcome": "outcome = 'failure'",
    "actor": "actor = gen_random_uuid()",
    "no actor": "actor = NULL",
    "user": "user_id = NULL",
    "subject": "subject = subject || ' '",
    "session": "session = NULL",
    "stranger": "stranger = ''",
    "details": """details = details || '{"number": "4 "}'""",
    "details more": """details = details || '{"more": ""}'""",
    "details fewer": "details = '{}'",
    "details of another kind": "details = '[]'",
    "place hash": "place_hash = NULL",
    "previous": "previous = hash",
    "hash": "hash = previous",
    "hash cut": "hash = substring(hash FOR 31)",
}


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize("name", EDITS)
async def test_an_edited_column_is_named(
    records: PostgresRecords, keys: AuditKeys, tamper: Tamper, name: str
):
    await tamper(f"UPDATE audit_events SET {EDITS[name]} WHERE index = 4")

    assert await verified(records, keys) == Broken(4, "edited")


STATEMENTS: list[tuple[str, tuple[LiteralString, ...], Broken]] = [
    (
        "place edited",
        ("UPDATE audit_places SET address = '192.0.2.9' WHERE index = 4",),
        Broken(4, "edited"),
    ),
    (
        "place of another",
        (
            "DELETE FROM audit_places WHERE index = 4",
            "UPDATE audit_places SET index = 4 WHERE index = 9",
        ),
        Broken(4, "edited"),
    ),
    (
        "place deleted without a record of it",
        ("DELETE FROM audit_places WHERE index = 4",),
        Broken(4, "deleted"),
    ),
    (
        "row deleted",
        ("DELETE FROM audit_events WHERE index = 4",),
        Broken(4, "deleted"),
    ),
    (
        "rows deleted",
        ("DELETE FROM audit_events WHERE index BETWEEN 4 AND 6",),
        Broken(4, "deleted"),
    ),
    (
        "first row deleted",
        ("DELETE FROM audit_events WHERE index = 1",),
        Broken(1, "deleted"),
    ),
    (
        "row deleted and the others moved up",
        (
            "DELETE FROM audit_events WHERE index = 4",
            "DELETE FROM audit_places WHERE index = 4",
            "UPDATE audit_events SET index = -index + 1 WHERE index > 4",
            "UPDATE audit_events SET index = -index WHERE index < 0",
            "UPDATE audit_places SET index = -index + 1 WHERE index > 4",
            "UPDATE audit_places SET index = -index WHERE index < 0",
        ),
        Broken(4, "deleted"),
    ),
    (
        "tail deleted",
        ("DELETE FROM audit_events WHERE index > 7",),
        Broken(8, "deleted"),
    ),
    (
        "everything deleted",
        ("DELETE FROM audit_events",),
        Broken(1, "deleted"),
    ),
    (
        "two rows exchanged",
        (
            "UPDATE audit_events SET index = -4 WHERE index = 4",
            "UPDATE audit_events SET index = 4 WHERE index = 5",
            "UPDATE audit_events SET index = 5 WHERE index = -4",
        ),
        Broken(4, "reordered"),
    ),
    (
        "two distant rows exchanged",
        (
            "UPDATE audit_events SET index = -4 WHERE index = 4",
            "UPDATE audit_events SET index = 4 WHERE index = 9",
            "UPDATE audit_events SET index = 9 WHERE index = -4",
        ),
        Broken(4, "reordered"),
    ),
    (
        "hashes exchanged",
        (
            """UPDATE audit_events AS one SET hash = other.hash
            FROM audit_events AS other
            WHERE (one.index, other.index) IN ((4, 5), (5, 4))""",
        ),
        Broken(4, "edited"),
    ),
    (
        "an older row copied in",
        (
            "UPDATE audit_events SET index = -index WHERE index >= 4",
            "UPDATE audit_events SET index = -index + 1 WHERE index < 0",
            """INSERT INTO audit_events SELECT 4, id, time, action, outcome, actor,
            user_id, subject, session, stranger, details, place_hash, previous, hash,
            key_id, signature FROM audit_events WHERE index = 2""",
        ),
        Broken(4, "inserted"),
    ),
    (
        "a row put before the first",
        (
            """INSERT INTO audit_events SELECT 0, id, time, action, outcome, actor,
            user_id, subject, session, stranger, details, place_hash, previous, hash,
            key_id, signature FROM audit_events WHERE index = 1""",
        ),
        Broken(0, "inserted"),
    ),
    (
        "a row put after the last",
        (
            """INSERT INTO audit_events SELECT 11, id, time, action, outcome, actor,
            user_id, subject, session, stranger, details, place_hash, previous, hash,
            key_id, signature FROM audit_events WHERE index = 10""",
        ),
        Broken(11, "inserted"),
    ),
    (
        "head set back",
        (
            """UPDATE audit_head SET index = 7, hash = events.hash
            FROM audit_events AS events WHERE events.index = 7""",
        ),
        Broken(7, "signature"),
    ),
    (
        "head below zero",
        ("UPDATE audit_head SET index = -7",),
        Broken(1, "signature"),
    ),
    (
        "head of a time that no calendar has",
        ("UPDATE audit_head SET time = 'infinity'",),
        Broken(10, "signature"),
    ),
    (
        "base below zero",
        ("UPDATE audit_base SET index = -7",),
        Broken(-7, "signature"),
    ),
    (
        "head gone",
        ("DELETE FROM audit_head",),
        Broken(1, "set_back"),
    ),
    (
        "beginning cut off, as retention does, without saying so",
        (
            """UPDATE audit_base SET index = 3, hash = events.hash,
            key_id = events.key_id, signature = events.signature
            FROM audit_events AS events WHERE events.index = 3""",
            "DELETE FROM audit_events WHERE index <= 3",
        ),
        Broken(1, "deleted"),
    ),
]


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize(
    ("statements", "broken"),
    [it[1:] for it in STATEMENTS],
    ids=[it[0] for it in STATEMENTS],
)
async def test_what_was_done_is_named(
    records: PostgresRecords,
    keys: AuditKeys,
    tamper: Tamper,
    statements: tuple[LiteralString, ...],
    broken: Broken,
):
    assert isinstance(await verified(records, keys), Verified)

    await tamper(*statements)

    assert await verified(records, keys) == broken


REFUSED: list[LiteralString] = [
    "UPDATE audit_events SET action = 'x' WHERE index = 4",
    "UPDATE audit_events SET outcome = outcome",
    "DELETE FROM audit_events WHERE index = 4",
    "DELETE FROM audit_events",
    "TRUNCATE audit_events",
    "UPDATE audit_places SET address = ''",
    "TRUNCATE audit_places",
    "UPDATE audit_head SET index = 3",
    "DELETE FROM audit_head",
    "TRUNCATE audit_head",
    "UPDATE audit_base SET index = 3",
    "UPDATE audit_base SET index = -1",
    "DELETE FROM audit_base",
    "TRUNCATE audit_base",
]


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize("statement", REFUSED)
async def test_the_services_own_role_cannot_change_what_is_there(
    own_database: Database,
    records: PostgresRecords,
    keys: AuditKeys,
    statement: LiteralString,
):
    with pytest.raises(psycopg.errors.RestrictViolation):
        async with own_database.transaction() as connection:
            await connection.execute(statement)

    assert isinstance(await verified(records, keys), Verified)
