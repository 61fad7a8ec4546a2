"""Documents arrive whole, whatever happens to the connection."""

import os
from pathlib import Path

import grpc
import pytest

from parley.error.v1.error_reason_pb2 import ErrorReason
from parley_client import Document, DocumentFailed, Knowledge, Parley, ParleyError
from parley_client.uploading import PART_BYTES
from tests.clients.conftest import Scripted

FILE = bytes(range(256)) * (PART_BYTES * 3 // 256) + b"the rest"


def kept(scripted: Scripted) -> bytes:
    """Return the only file there is."""
    (file,) = scripted.llm.knowledge.files.values()
    return bytes(file)


async def test_a_file_is_uploaded_and_followed_until_it_can_be_searched(
    scripted: Scripted, parley: Parley, tmp_path: Path
) -> None:
    (tmp_path / "handbook.pdf").write_bytes(FILE)
    seen: list[tuple[int, int]] = []

    document = await parley.documents.upload(
        tmp_path / "handbook.pdf",
        progress=lambda now: seen.append((now.uploaded_bytes, now.progress_percent)),
    )

    assert document.display_name == "handbook.pdf"
    assert document.state == Document.STATE_READY
    assert kept(scripted) == FILE
    assert seen[0] == (0, 0)
    assert (len(FILE), 50) in seen
    assert seen == sorted(seen)
    assert scripted.llm.knowledge.appended == []


@pytest.mark.parametrize("arrives", [0, 1, PART_BYTES, PART_BYTES * 2])
async def test_an_upload_that_is_cut_goes_on_where_it_was(
    scripted: Scripted, parley: Parley, arrives: int
) -> None:
    scripted.llm.knowledge.cuts.append(arrives)

    document = await parley.documents.upload(FILE, "big.bin")

    assert document.state == Document.STATE_READY
    assert kept(scripted) == FILE
    appended = sum(length for _, length in scripted.llm.knowledge.appended)
    assert appended + scripted.llm.knowledge.streamed == len(FILE)
    assert len({each.request_id for each in scripted.llm.knowledge.created}) == 1


async def test_a_document_is_watched_over_a_cut(
    scripted: Scripted, parley: Parley
) -> None:
    scripted.llm.knowledge.cuts.append(PART_BYTES)
    scripted.llm.knowledge.watch_cuts += [1, 0]

    document = await parley.documents.upload(FILE, "big.bin")

    assert document.state == Document.STATE_READY
    assert scripted.auth.calls["WatchDocument"] == 3


async def test_an_upload_whose_token_has_expired_is_made_with_another(
    scripted: Scripted, parley: Parley
) -> None:
    scripted.auth.access_tokens.clear()

    await parley.documents.upload(FILE, "big.bin")

    assert kept(scripted) == FILE
    assert scripted.auth.calls["RefreshSession"] == 1


async def test_a_file_that_cannot_be_read_says_why(
    scripted: Scripted, parley: Parley
) -> None:
    encrypted = ErrorReason.ERROR_REASON_DOCUMENT_ENCRYPTED
    scripted.llm.knowledge.unreadable = encrypted

    with pytest.raises(DocumentFailed, match="with a password only") as failed:
        await parley.documents.upload(b"%PDF", "secret.pdf")

    assert failed.value.reason == "DOCUMENT_ENCRYPTED"
    assert failed.value.code is grpc.StatusCode.OK
    assert failed.value.document.display_name == "secret.pdf"


async def test_an_upload_into_no_collection_is_refused_once(
    scripted: Scripted, parley: Parley
) -> None:
    scripted.llm.knowledge.refuses_uploads = True

    with pytest.raises(ParleyError, match="no such collection"):
        await parley.documents.upload(FILE, "big.bin", collection="gone")

    assert scripted.auth.calls["UploadDocument"] == 1
    assert scripted.auth.calls["CreateDocument"] == 0


async def test_a_download_is_there_whole_or_not_at_all(
    scripted: Scripted, parley: Parley, tmp_path: Path
) -> None:
    document = await parley.documents.upload(FILE, "big.bin")

    await parley.documents.save(document, tmp_path / "whole.bin")
    del scripted.llm.knowledge.files[document.name][-1:]
    with pytest.raises(ParleyError, match="broke off"):
        await parley.documents.save(document, tmp_path / "part.bin")

    assert (tmp_path / "whole.bin").read_bytes() == FILE
    assert os.listdir(tmp_path) == ["whole.bin"]


async def test_documents_are_kept_in_order(scripted: Scripted, parley: Parley) -> None:
    work = await parley.collections.create("Work")
    one = await parley.documents.upload(b"1", "one", collection=work)
    two = await parley.documents.upload(b"2", "two")

    within = [each.name async for each in parley.documents.list(work)]
    await parley.documents.move(one, "")
    await parley.documents.rename(one.name.rpartition("/")[2], "uno")
    await parley.documents.delete(two)
    found = await parley.documents.search("passage", Knowledge(all=True), limit=3)
    left = [each async for each in parley.documents.list()]

    assert within == [one.name]
    assert [(each.display_name, each.collection) for each in left] == [("uno", "")]
    assert [each.citation.document for each in found] == [one.name]
    assert scripted.llm.knowledge.searched[0].page_size == 3
    assert (await parley.documents.read(one, offset=100)).page.page == 3


async def test_a_collection_is_shared_and_no_longer(
    scripted: Scripted, parley: Parley
) -> None:
    work = await parley.collections.create("Work", description="All of it")

    shared = await parley.collections.update(work, readers=["someone"])
    unshared = await parley.collections.update(work, readers=[])
    await parley.collections.delete(work)

    assert list(shared.readers) == ["users/someone"]
    assert list(unshared.readers) == []
    assert unshared.description == "All of it"
    assert scripted.llm.knowledge.collections == {}
