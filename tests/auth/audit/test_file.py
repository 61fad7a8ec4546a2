"""An export is verified without Parley, by code that shares nothing with it."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from parley.auth.v1 import audit_service_pb2 as pb
from parley_client.audit_file import Unreadable, Wrong, begin, read_lines, to_line
from services.auth.audit.chain import link
from services.auth.audit.exporting import export
from services.auth.audit.model import Head, Mark, Record, canonical
from services.auth.audit.recording import Log
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.wire import to_head, to_key, to_mark, to_record
from services.kit.jwk import to_jwk
from tests.auth.audit.conftest import ALICE, event
from tests.clients.shell import Shell

Lines = list[dict[str, Any]]


async def lines_of(records: PostgresRecords, keys: AuditKeys, after: int = 0) -> Lines:
    """Export a log, as the command writes it."""
    found = []
    response = pb.ExportAuditEventsResponse
    async for part in export(records, after):
        match part:
            case Record():
                found.append(response(record=to_record(part)))
            case Head():
                found.append(response(head=to_head(part)))
            case Mark():
                begins = response.Begin(
                    base=to_mark(part), keys=map(to_key, keys.published)
                )
                found.append(response(begin=begins))
    return [json.loads(json.dumps(to_line(part))) for part in found]


@pytest.fixture
async def lines(log: Log, records: PostgresRecords, keys: AuditKeys) -> Lines:
    """An export of ten events: line n is event n."""
    for number in range(10):
        details = {"number": str(number), "text": 'é "\\\u2028\u0007'}
        await log.record(event(details=details, user_agent="Böse\x1b[31m\n/1"))
    return await lines_of(records, keys)


def verified(lines: Lines, keys: AuditKeys | None = None) -> tuple[int, str]:
    """Verify lines; return what is wrong, or how many are right."""
    try:
        found = iter(read_lines(map(json.dumps, lines)))
        reading = begin(found, keys.published if keys else None)
        for _ in reading.take(found):
            pass
    except Wrong as wrong:
        return wrong.index, wrong.problem
    return reading.index, "verified"


def test_what_nobody_changed_is_verified(lines: Lines, keys: AuditKeys):
    assert verified(lines) == (10, "verified")
    assert verified(lines, keys) == (10, "verified")


def move(lines: Lines, fro: int, to: int) -> None:
    lines.insert(to, lines.pop(fro))


def renumbered(lines: Lines) -> None:
    for index, line in enumerate(lines[1:-1], 1):
        line["index"] = index


def edit(field: str, value: Any) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        lines[4]["event"][field] = value

    change.__name__ = f"event {field}"
    return change


def line(field: str, value: Any) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        lines[4][field] = value

    change.__name__ = f"line {field}"
    return change


def swap_hashes(lines: Lines) -> None:
    lines[4]["hash"], lines[5]["hash"] = lines[5]["hash"], lines[4]["hash"]


def delete(lines: Lines) -> None:
    del lines[4]


def delete_and_renumber(lines: Lines) -> None:
    del lines[4]
    renumbered(lines)


def delete_the_tail(lines: Lines) -> None:
    del lines[8:11]


def reorder(lines: Lines) -> None:
    move(lines, 4, 7)


def reorder_and_renumber(lines: Lines) -> None:
    move(lines, 4, 7)
    renumbered(lines)


def insert(lines: Lines) -> None:
    lines.insert(4, {**lines[3], "event": {**lines[3]["event"], "action": "no"}})
    renumbered(lines)


def append(lines: Lines) -> None:
    lines.insert(-1, {**lines[10], "index": 11})


def forge(lines: Lines) -> None:
    """Make an event, and all hashes after it anew, signed with another key."""
    keys = AuditKeys(ec.generate_private_key(ec.SECP256R1()))
    lines[4]["event"]["action"] = "no.thing"
    for index, it in enumerate(lines[4:11], 4):
        before = lines[index - 1]["hash"]
        hash = link(bytes.fromhex(before), index, canonical(it["event"]))
        mark = keys.mark(index, hash)
        it["previous_hash"], it["hash"] = before, hash.hex()
        it["signature"], it["key_id"] = mark.signature.hex(), mark.key_id


def place(lines: Lines) -> None:
    lines[4]["place"]["address"] = "192.0.2.9"


def no_place(lines: Lines) -> None:
    del lines[4]["place"]


def head(lines: Lines) -> None:
    lines[-1]["time"] = "2020-01-01T00:00:00.000000Z"


def garbage(lines: Lines) -> None:
    lines[4] = {"index": [], "event": 7, "hash": None}


DONE = [
    (edit("action", "session.delete"), "edited"),
    (edit("outcome", "denied"), "edited"),
    (edit("actor", None), "edited"),
    (edit("time", "2020-01-01T00:00:00.000000Z"), "edited"),
    (edit("details", {}), "edited"),
    (edit("more", "x"), "edited"),
    (edit("place", None), "edited"),
    (line("previous_hash", "00" * 32), "edited"),
    (line("hash", "00" * 32), "edited"),
    (line("hash", "x"), "edited"),
    (line("index", "4"), "edited"),
    (line("event", None), "edited"),
    (garbage, "edited"),
    (swap_hashes, "edited"),
    (place, "edited"),
    (no_place, "deleted"),
    (delete, "deleted"),
    (delete_and_renumber, "deleted"),
    (reorder, "reordered"),
    (reorder_and_renumber, "reordered"),
    (insert, "inserted"),
    (forge, "signature"),
]


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize(("change", "problem"), DONE, ids=[c.__name__ for c, _ in DONE])
def test_what_was_changed_is_named(lines: Lines, change: Any, problem: str):
    change(lines)

    assert verified(lines) == (4, problem)


def test_a_tail_that_is_gone_is_named(lines: Lines):
    delete_the_tail(lines)

    assert verified(lines) == (8, "deleted")


def test_a_line_beyond_the_head_is_named(lines: Lines):
    append(lines)

    assert verified(lines)[0] == 11


def test_a_head_that_was_changed_is_named(lines: Lines):
    head(lines)

    assert verified(lines) == (10, "signature")


def test_another_key_in_the_file_does_not_help(lines: Lines, keys: AuditKeys):
    forge(lines)
    other = AuditKeys(ec.generate_private_key(ec.SECP256R1()))
    lines[0]["keys"] = [dict(other.published[0])]

    assert verified(lines, keys) == (4, "signature")


@pytest.mark.parametrize("left", [0, 5])
def test_a_file_that_breaks_off_is_no_export(lines: Lines, left: int):
    with pytest.raises(Unreadable):
        verified(lines[:left])


async def test_a_part_is_verified_from_its_signed_beginning(
    lines: Lines, records: PostgresRecords, keys: AuditKeys
):
    part = await lines_of(records, keys, after=6)
    assert verified(part) == (10, "verified")

    part[0]["base"]["hash"] = "00" * 32

    assert verified(part) == (6, "signature")


async def test_erasing_is_explained_by_the_deletion_in_the_log(
    lines: Lines, log: Log, records: PostgresRecords, keys: AuditKeys
):
    await log.record(event("user.delete", subject=f"users/{ALICE}"))

    after = await lines_of(records, keys)

    assert not any("place" in line for line in after)
    assert verified(after) == (11, "verified")


def test_what_controls_terminals_is_escaped_in_the_lines(lines: Lines):
    text = "".join(map(json.dumps, lines))

    assert text.isascii()
    assert text.isprintable()


async def test_the_command_verifies_a_file_with_the_key_alone(
    lines: Lines, signing: ec.EllipticCurvePrivateKey, tmp_path: Path
):
    shell = Shell(home=tmp_path, url="http://127.0.0.1:1")
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "log.jsonl").write_text(text)
    (tmp_path / "log.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "bad.jsonl").write_text(text.replace("session.create", "session.x", 1))
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [to_jwk(signing)]}))
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    (tmp_path / "other.pem").write_bytes(
        other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    verify = ("admin", "audit", "verify", "--file")
    head = f"10:{lines[-1]['hash']}"

    good = await shell.run(*verify, "log.jsonl", "--key", "keys.json")
    packed = await shell.run(*verify, "log.jsonl.gz", "--expect", head)
    back = await shell.run(*verify, "log.jsonl", "--expect", f"11:{'00' * 32}")
    other_way = await shell.run(*verify, "log.jsonl", "--expect", f"4:{'00' * 32}")
    bad = await shell.run(*verify, "bad.jsonl", "--key", "keys.json")
    forged = await shell.run(*verify, "log.jsonl", "--key", "other.pem")
    none = await shell.run(*verify, "keys.json")

    assert (good.code, good.out) == (0, f"{head}\n")
    assert good.err == "All 10 events are as they were written.\n"
    assert (packed.code, packed.out) == (0, f"{head}\n")
    assert "names the key" in packed.err
    assert (back.code, "no. 11: the log goes another way" in back.err) == (1, True)
    assert (other_way.code, "no. 4: the log goes" in other_way.err) == (1, True)
    assert (bad.code, "no. 1: it was edited" in bad.err) == (1, True)
    assert (forged.code, "no. 1: it was not signed" in forged.err) == (1, True)
    assert (none.code, "no export of an audit log" in none.err) == (1, True)
