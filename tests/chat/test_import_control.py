"""Uploading and running: order, limits, one at a time, going on after a cut."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import grpc
import pytest

from parley.chat.v1 import transfer_service_pb2 as pb
from services.chat.transfer.model import MAX_FILE
from services.chat.transfer.store import PostgresImports
from services.kit.postgres import Database
from tests.calls import everything, refusal
from tests.chat.exports.transferring import (
    Transfer,
    patiently,
    sample,
    someone,
    transferring,
)
from tests.identity import Identity


@pytest.fixture
async def transfer(chat_database: str, identity: Identity) -> AsyncIterator[Transfer]:
    async with transferring(chat_database, identity) as transfer:
        yield transfer


@pytest.fixture
def stranger(transfer: Transfer, identity: Identity) -> Transfer:
    return someone(transfer.channel, identity, transfer.database_url)


def many(count: int) -> bytes:
    """Write an export with so many conversations."""
    conversation = json.loads(sample("claude.json"))[0]
    return json.dumps(
        [{**conversation, "name": f"Number {number}"} for number in range(count)]
    ).encode()


def upload(transfer: Transfer, name: str, offset: int, data: bytes):
    request = pb.UploadImportRequest(name=name, offset=offset, data=data)
    return transfer.stub.UploadImport(request, metadata=transfer.me)


@pytest.mark.asvs("5.2.1")
async def test_a_file_that_is_too_large_is_refused_before_it_comes(transfer: Transfer):
    found = await refusal(transfer.create(MAX_FILE + 1))

    assert found.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert found.reason == "IMPORT_TOO_LARGE"
    assert found.metadata == {"maximum": str(512 * 1024 * 1024)}
    assert (await refusal(transfer.create(-1))).reason == "INVALID_FIELD"
    assert (await refusal(transfer.create(0))).reason == "INVALID_FIELD"


@pytest.mark.asvs("2.3.2")
async def test_a_user_has_three_imports_under_way_and_more_when_one_ended(
    transfer: Transfer, stranger: Transfer
):
    names = [await transfer.create(2) for _ in range(3)]

    found = await refusal(transfer.create(2))

    assert found.reason == "TOO_MANY_IMPORTS"
    assert found.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    await stranger.create(2)
    await transfer.upload(names[0], 0, b"[]")
    await everything(transfer.run(names[0]))
    await transfer.create(2)


async def test_a_retry_of_create_answers_with_the_same_import(transfer: Transfer):
    request_id = str(uuid4())

    first = await transfer.create(2, request_id=request_id)

    assert await transfer.create(2, request_id=request_id) == first
    found = await refusal(transfer.create(3, request_id=request_id))
    assert found.reason == "REQUEST_ID_REUSED"


async def test_parts_come_in_order_and_again_without_harm(transfer: Transfer):
    name = await transfer.create(6)

    assert (await transfer.upload(name, 0, b"[  ")).uploaded_bytes == 3
    assert (await transfer.upload(name, 0, b"[  ")).uploaded_bytes == 3
    for offset, data in ((4, b"]"), (0, b"xxx"), (1, b"  "), (2, b" ")):
        found = await refusal(upload(transfer, name, offset, data))
        assert found.reason == "UPLOAD_OUT_OF_ORDER"
        assert found.code is grpc.StatusCode.FAILED_PRECONDITION
        assert found.metadata == {"expected": "3"}
    assert (await refusal(upload(transfer, name, 3, b"    "))).metadata == {
        "field": "data",
        "expected": "at most 3 bytes",
    }
    assert (await refusal(upload(transfer, name, -1, b"x"))).reason == "INVALID_FIELD"
    assert (await refusal(upload(transfer, name, 3, b""))).reason == "INVALID_FIELD"
    large = b" " * (256 * 1024 + 1)
    assert (await refusal(upload(transfer, name, 3, large))).reason == "INVALID_FIELD"
    assert (await transfer.upload(name, 3, b"  ]")).uploaded_bytes == 6


@pytest.mark.asvs("2.3.1")
async def test_a_file_is_not_run_before_it_is_whole(transfer: Transfer):
    name = await transfer.create(6)
    await transfer.upload(name, 0, b"[")

    found = await refusal(transfer.run(name))

    assert found.reason == "UPLOAD_INCOMPLETE"
    assert found.metadata == {"uploaded": "1"}


async def test_an_import_that_is_not_there_is_not_found(transfer: Transfer):
    missing = f"{transfer.name}/imports/{uuid4()}"

    for call in (upload(transfer, missing, 0, b"x"), transfer.run(missing)):
        found = await refusal(call)
        assert found.reason == "IMPORT_NOT_FOUND"
        assert found.metadata == {"import": missing}


@pytest.mark.asvs("8.2.2")
async def test_the_imports_of_others_are_forbidden(
    transfer: Transfer, stranger: Transfer
):
    name = await transfer.uploaded(b"[]")

    for call in (upload(stranger, name, 0, b"x"), stranger.run(name)):
        assert (await refusal(call)).reason == "FORBIDDEN"
    request = pb.CreateImportRequest(
        parent=transfer.name, import_job=pb.ImportJob(size_bytes=1)
    )
    call = stranger.stub.CreateImport(request, metadata=stranger.me)
    assert (await refusal(call)).reason == "FORBIDDEN"


async def test_progress_grows_and_the_last_one_says_that_all_is_read(
    transfer: Transfer,
):
    steps = await everything(transfer.run(await transfer.uploaded(many(70))))

    counts = [step.imported_conversations for step in steps]
    assert counts == sorted(counts)
    assert {0, 20, 40, 60, 70} <= set(counts)
    assert [step.HasField("done") for step in steps] == [False] * (len(steps) - 1) + [
        True
    ]
    assert steps[-1].done.complete
    assert steps[-1].read_bytes == steps[-1].size_bytes


async def test_an_import_that_ended_says_again_how(transfer: Transfer):
    name = await transfer.uploaded(many(3))
    first = await everything(transfer.run(name))

    (again,) = await everything(transfer.run(name))

    assert again.done == first[-1].done
    assert again.imported_conversations == 3
    assert len(await transfer.exported()) == 3
    assert (
        await transfer.rows("SELECT FROM import_chunks WHERE user_id = %(user)s") == []
    )


async def test_a_file_that_breaks_off_keeps_what_was_whole(transfer: Transfer):
    imported = await transfer.imported(many(30)[:-100])

    assert imported.done == (False, "The file ends in the middle, or is not JSON.")
    assert imported.counts == (29, 87)
    assert len(await transfer.exported()) == 29


async def test_after_a_cut_it_goes_on_where_it_was(transfer: Transfer):
    name = await transfer.uploaded(many(200))
    call = transfer.run(name)
    async for step in call:
        if step.imported_conversations >= 20:
            call.cancel()
            break
    async for attempt in patiently():
        with attempt:  # until the cut is noticed
            steps = await everything(transfer.run(name))

    assert steps[0].imported_conversations >= 20
    assert steps[-1].done.complete
    assert steps[-1].imported_conversations == 200
    titles = [each["title"] for each in await transfer.exported()]
    assert titles == [f"Number {number}" for number in range(200)]


async def test_an_import_is_run_once_at_a_time(transfer: Transfer):
    name = await transfer.uploaded(many(1))
    await transfer.rows(
        "UPDATE imports SET runner = gen_random_uuid(),"
        " lease_expire_time = now() + interval '1 hour' WHERE user_id = %(user)s"
    )

    found = await refusal(transfer.run(name))

    assert found.reason == "IMPORT_RUNNING"
    assert found.code is grpc.StatusCode.ABORTED
    assert (await refusal(upload(transfer, name, 0, b"x"))).reason == "IMPORT_RUNNING"


async def test_a_runner_that_died_blocks_an_import_no_longer_than_its_lease(
    transfer: Transfer,
):
    name = await transfer.uploaded(many(1))
    await transfer.rows(
        "UPDATE imports SET runner = gen_random_uuid(),"
        " lease_expire_time = now() - interval '1 second' WHERE user_id = %(user)s"
    )

    steps = await everything(transfer.run(name))

    assert steps[-1].done.complete


async def test_a_runner_that_lost_its_lease_stores_nothing_more(transfer: Transfer):
    name = await transfer.uploaded(many(3_000))
    last = pb.RunImportResponse()
    async for step in transfer.run(name):
        if not last.imported_conversations and step.imported_conversations:
            await transfer.rows(
                "UPDATE imports SET runner = gen_random_uuid() WHERE user_id = %(user)s"
            )
        last = step

    assert last.done.problem == "The import is being run already."
    assert not last.done.complete
    ((kept,),) = await transfer.rows(
        "SELECT imported_conversations FROM imports WHERE user_id = %(user)s"
    )
    assert kept == len(await transfer.exported()) < 3_000


async def test_of_what_is_skipped_the_first_thousand_are_told(transfer: Transfer):
    empty = b'{"name":"Empty","chat_messages":[]},'

    imported = await transfer.imported(b"[" + empty * 1_500 + many(1)[1:])

    assert imported.last.skipped_count == 1_501
    assert [each.index for each in imported.skipped] == list(range(1_000))
    assert imported.counts == (1, 3)


async def test_imports_are_dropped_after_a_day(transfer: Transfer):
    old = await transfer.uploaded(many(100))
    await transfer.rows(
        "UPDATE imports SET create_time = now() - interval '25 hours'"
        " WHERE user_id = %(user)s"
    )
    young = await transfer.uploaded(b"[]")

    async with Database.connect(transfer.database_url) as database:
        assert await PostgresImports(database).forget_stale() == 1
        assert await PostgresImports(database).forget_stale() == 0

    assert (await refusal(transfer.run(old))).reason == "IMPORT_NOT_FOUND"
    assert (await everything(transfer.run(young)))[-1].done.complete
