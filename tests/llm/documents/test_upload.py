"""Uploading: in parts, and in one stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from uuid import uuid4

import grpc
import pytest

from parley.llm.v1 import document_service_pb2 as pb
from services.llm.documents import model
from tests.calls import everything, refusal
from tests.llm.documents.knowledge import Document, Knowing, patiently

TEXT = "The fox jumps.\n\nThe dog sleeps.\n\nNobody wonders."


async def test_a_file_is_uploaded_in_parts_processed_and_found(me: Knowing):
    data = TEXT.encode()

    begun = await me.create(len(data))
    assert (begun.state, begun.uploaded_bytes) == (Document.STATE_UPLOADING, 0)
    half = await me.append(begun, 0, data[:10])
    assert (half.state, half.uploaded_bytes) == (Document.STATE_UPLOADING, 10)
    whole = await me.append(begun, 10, data[10:])
    ready = await me.done(begun.name)

    assert whole.state == Document.STATE_PROCESSING
    assert ready.state == Document.STATE_READY
    assert ready.media_type == "text/plain"
    assert ready.progress_percent == 100
    assert (ready.page_count, ready.passage_count) == (0, 3)
    assert ready.character_count == len(TEXT)
    assert await me.download(begun.name) == data
    (found,) = await me.search("fox")
    assert found.citation.document == begun.name
    assert found.citation.display_name == "notes.txt"
    assert found.citation.quote == TEXT


async def test_a_retry_of_a_part_changes_nothing_and_a_gap_is_refused(me: Knowing):
    begun = await me.create(6)
    await me.append(begun, 0, b"abc")

    again = await me.append(begun, 0, b"abc")
    other = await refusal(me.append(begun, 0, b"xyz"))
    gap = await refusal(me.append(begun, 4, b"ef"))
    long = await refusal(me.append(begun, 3, b"defg"))

    assert again.uploaded_bytes == 3
    for refused in (other, gap):
        assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
        assert refused.reason == "UPLOAD_OUT_OF_ORDER"
        assert refused.metadata == {"expected": "3"}
    assert long.reason == "INVALID_FIELD"
    assert long.metadata == {"field": "data", "expected": "at most 3 bytes"}


@pytest.mark.asvs("5.4.2")
@pytest.mark.parametrize(
    "name", ["", "x" * 256, "a.pdf\r\nx-header: y", "a\0.pdf", "\u202efdp.exe"]
)
async def test_a_files_name_is_one_visible_line(me: Knowing, name: str):
    refused = await refusal(me.create(6, name))

    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "document.display_name"


@pytest.mark.asvs("2.3.1")
async def test_what_is_not_wholly_uploaded_is_neither_downloaded_nor_indexed(
    me: Knowing,
):
    begun = await me.create(6)
    await me.append(begun, 0, b"abc")

    download = await refusal(me.download(begun.name))
    reindex = await refusal(
        me.documents.ReindexDocument(
            pb.ReindexDocumentRequest(name=begun.name), metadata=me.me
        )
    )

    for refused in (download, reindex):
        assert refused.reason == "UPLOAD_INCOMPLETE"
        assert refused.metadata == {"uploaded": "3"}


@pytest.mark.parametrize(
    ("size", "name", "reason"),
    [
        (0, "a", "INVALID_FIELD"),
        (model.MAX_DOCUMENT_BYTES + 1, "a", "DOCUMENT_TOO_LARGE"),
        (1, "", "INVALID_FIELD"),
        (1, "x" * 256, "INVALID_FIELD"),
        (1, "a\nb", "INVALID_FIELD"),
    ],
)
async def test_what_cannot_be_is_refused(
    me: Knowing, size: int, name: str, reason: str
):
    assert (await refusal(me.create(size, name))).reason == reason
    assert await me.listed() == []


async def test_a_retry_of_a_creation_is_the_first(me: Knowing):
    request_id = str(uuid4())
    first = await me.create(3, request_id=request_id)

    assert await me.create(3, request_id=request_id) == first
    refused = await refusal(me.create(4, request_id=request_id))

    assert refused.reason == "REQUEST_ID_REUSED"
    assert await me.listed() == [first.name]


async def test_a_stream_uploads_and_shows_how_far_it_is(me: Knowing):
    data = TEXT.encode()

    steps = await everything(upload(me, data, [data[:20], data[20:]]))

    states = [step.document.state for step in steps]
    assert states[0] == Document.STATE_UPLOADING
    assert states[-1] == Document.STATE_READY
    assert states == sorted(states)
    assert await me.quotes("dog") == [TEXT]


async def test_large_chunks_are_stored_in_parts(me: Knowing):
    data = ("A fox.\n\n" * 200_000).encode()

    steps = await everything(upload(me, data, [data[:1_000_000], data[1_000_000:]]))

    document = steps[-1].document
    assert document.state == Document.STATE_READY
    stored = await me.download(document.name)
    assert sha256(stored).digest() == sha256(data).digest()
    assert await me.sql("SELECT max(length(data)) FROM document_parts") == [
        (model.MAX_PART_BYTES,)
    ]


async def test_a_stream_that_is_cut_loses_nothing_that_was_received(me: Knowing):
    data = ("A fox.\n\n" * 100_000).encode()
    # The last of it waits in memory for enough to be a part.
    sent = model.MAX_PART_BYTES + 20

    async def requests() -> AsyncIterator[pb.UploadDocumentRequest]:
        yield start(me, len(data))
        yield pb.UploadDocumentRequest(chunk=data[:sent])
        await asyncio.Event().wait()

    call = me.documents.UploadDocument(requests(), metadata=me.me)
    async for step in call:
        if step.document.uploaded_bytes == model.MAX_PART_BYTES:
            break
    call.cancel()

    name = step.document.name
    async for attempt in patiently():
        with attempt:
            assert (await me.get(name)).uploaded_bytes == sent
    document = await me.append(await me.get(name), sent, data[sent:])
    assert (await me.done(document.name)).state == Document.STATE_READY


async def test_a_stream_that_ends_early_leaves_what_can_be_gone_on_with(me: Knowing):
    data = TEXT.encode()

    steps = await everything(upload(me, data, [data[:20]]))

    document = steps[-1].document
    assert document.state == Document.STATE_UPLOADING
    assert document.uploaded_bytes == 20


async def test_a_retry_of_a_stream_goes_on_where_the_first_was_cut(me: Knowing):
    data, request_id = TEXT.encode(), str(uuid4())
    first = await everything(upload(me, data, [data[:20]], request_id))

    steps = await everything(upload(me, data, [data[:7], data[7:]], request_id))

    assert steps[0].document.uploaded_bytes == 20
    assert steps[-1].document.name == first[0].document.name
    assert steps[-1].document.state == Document.STATE_READY
    assert await me.download(steps[-1].document.name) == data


async def test_a_stream_is_refused_as_the_calls_are(me: Knowing, stranger: Knowing):
    async def without_start() -> AsyncIterator[pb.UploadDocumentRequest]:
        yield pb.UploadDocumentRequest(chunk=b"x")

    refused = [
        await refusal(me.documents.UploadDocument(without_start(), metadata=me.me)),
        await refusal(upload(me, b"abc", [b"abcd"])),
        await refusal(upload(me, b"abc", [b""])),
        await refusal(upload(me, b"abc", [b"x" * (1024 * 1024 + 1)])),
    ]
    foreign = await refusal(
        me.documents.UploadDocument(one(start(me, 3)), metadata=stranger.me)
    )

    assert [each.reason for each in refused] == ["INVALID_FIELD"] * 4
    assert [each.metadata["field"] for each in refused] == [
        "start",
        "data",
        "chunk",
        "chunk",
    ]
    assert foreign.reason == "FORBIDDEN"


async def test_a_stream_of_a_stranger_or_of_no_messages_is_refused(me: Knowing):
    nobody = await refusal(me.documents.UploadDocument(one(start(me, 3))))
    raw: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = me.channel.stream_stream(
        "/parley.llm.v1.DocumentService/UploadDocument"
    )

    async def garbage() -> AsyncIterator[bytes]:
        yield start(me, 3).SerializeToString()
        yield b"\xff\xff\xff"

    unreadable = await refusal(raw(garbage(), metadata=me.me))

    assert nobody.reason == "UNAUTHENTICATED"
    assert unreadable.reason == "INVALID_FIELD"
    assert unreadable.metadata["field"] == "request"
    assert len(await me.listed()) == 1


def start(me: Knowing, size: int, request_id: str = "") -> pb.UploadDocumentRequest:
    return pb.UploadDocumentRequest(
        start=pb.CreateDocumentRequest(
            parent=me.parent,
            document=Document(display_name="notes.txt", size_bytes=size),
            request_id=request_id,
        )
    )


async def one(
    request: pb.UploadDocumentRequest,
) -> AsyncIterator[pb.UploadDocumentRequest]:
    yield request


def upload(
    me: Knowing, data: bytes, chunks: list[bytes], request_id: str = ""
) -> grpc.aio.StreamStreamCall[pb.UploadDocumentRequest, pb.UploadDocumentResponse]:
    async def requests() -> AsyncIterator[pb.UploadDocumentRequest]:
        yield start(me, len(data), request_id)
        for chunk in chunks:
            yield pb.UploadDocumentRequest(chunk=chunk)

    return me.documents.UploadDocument(requests(), metadata=me.me)
