"""DocumentService: listing, changing, deleting, reading; the limits hold."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from parley.llm.v1 import document_service_pb2 as pb
from services.llm.documents import model
from tests.calls import everything, refusal
from tests.llm.documents.knowledge import Document, Knowing, patiently
from tests.llm.documents.word_index import WordIndex

FILL = """
    INSERT INTO documents (user_id, id, display_name, size_bytes, create_time,
        update_time)
    SELECT %s, gen_random_uuid(), 'x', %s, now(), now() FROM generate_series(1, %s)
"""
LEFT = """
    SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM document_parts),
        (SELECT count(*) FROM document_pages), (SELECT count(*) FROM document_chunks),
        (SELECT count(*) FROM vector_deletions)
"""


async def update(me: Knowing, document: Document, *mask: str, **more: Any) -> Document:
    request = pb.UpdateDocumentRequest(
        document=document, update_mask=FieldMask(paths=mask), **more
    )
    return (await me.documents.UpdateDocument(request, metadata=me.me)).document


async def test_documents_are_listed_in_pages_the_newest_first(me: Knowing):
    papers = await me.collection()
    made = [
        await me.create(1, f"{number}", collection=papers.name if number % 2 else "")
        for number in range(5)
    ]

    seen, token = [], ""
    while True:
        request = pb.ListDocumentsRequest(
            parent=me.parent, page_size=2, page_token=token
        )
        page = await me.documents.ListDocuments(request, metadata=me.me)
        seen += [document.name for document in page.documents]
        if not (token := page.next_page_token):
            break

    newest_first = [document.name for document in reversed(made)]
    assert seen == newest_first
    assert await me.listed(papers.name) == [newest_first[1], newest_first[3]]


async def test_a_document_is_renamed_and_moved(me: Knowing):
    papers = await me.collection()
    document = await me.upload("The fox jumps.")

    renamed = await update(me, Document(name=document.name, display_name="New"))
    moved = await update(
        me, Document(name=document.name, collection=papers.name), "collection"
    )
    ready = await me.done(document.name)
    taken_out = await update(me, Document(name=document.name), "collection")

    assert (renamed.display_name, renamed.state) == ("New", Document.STATE_READY)
    assert moved.collection == papers.name
    # The index has to learn where it lies; it is found meanwhile.
    assert moved.state == Document.STATE_PROCESSING
    assert ready.state == Document.STATE_READY
    assert taken_out.collection == ""
    (found,) = await me.search("fox")
    assert found.citation.display_name == "New"


@pytest.mark.parametrize("owner", ["me", "stranger"])
async def test_a_document_is_put_into_no_collection_but_ones_own(
    me: Knowing, stranger: Knowing, owner: str
):
    document = await me.upload("The fox jumps.")
    foreign = (await stranger.collection("Papers", me)).name
    missing = f"{me.parent}/collections/{uuid4()}"
    name = {"me": missing, "stranger": foreign}[owner]
    reason = {"me": "COLLECTION_NOT_FOUND", "stranger": "FORBIDDEN"}[owner]

    for call in (
        me.create(1, collection=name),
        update(me, Document(name=document.name, collection=name)),
    ):
        assert (await refusal(call)).reason == reason
    assert await me.listed() == [document.name]


async def test_a_deleted_document_is_gone_at_once_and_its_rows_and_vectors_after(
    me: Knowing, index: WordIndex
):
    kept = await me.upload("The fox sleeps.")
    gone = await me.upload("The fox jumps.")

    await me.delete(gone.name)

    assert await me.quotes("fox") == ["The fox sleeps."]
    assert await me.listed() == [kept.name]
    for call in (
        me.get(gone.name),
        me.read(gone.name),
        me.download(gone.name),
        me.append(gone, 0, b"x"),
        me.delete(gone.name),
        update(me, Document(name=gone.name, display_name="x")),
        me.search("fox", documents=[gone.name]),
    ):
        assert (await refusal(call)).reason == "DOCUMENT_NOT_FOUND"
    await me.delete(gone.name, allow_missing=True)
    async for attempt in patiently():
        with attempt:
            assert await me.sql(LEFT) == [(1, 1, 1, 1, 0)]
    assert [str(document) for _, document in index.held] == [kept.name[-36:]]


async def test_vectors_stay_queued_and_unfindable_until_the_index_is_back(
    me: Knowing, index: WordIndex
):
    document = await me.upload("The fox jumps.")
    index.away = True

    await me.delete(document.name)
    async for attempt in patiently():
        with attempt:  # rows go whether or not the index is there
            assert await me.sql(LEFT) == [(0, 0, 0, 0, 1)]
    assert index.held
    # As if it had come back, but nobody has told it yet.
    held, index.away = dict(index.held), False
    index.held = held
    assert await me.quotes("fox") == []
    await me.sql("UPDATE vector_deletions SET due_time = now()")

    async for attempt in patiently():
        with attempt:
            assert await me.sql(LEFT) == [(0, 0, 0, 0, 0)]
    assert index.held == {}


async def test_a_large_document_is_swept_in_parts(me: Knowing):
    document = await me.upload("\n\n".join(["A fox."] * 40_000))
    rows = await me.sql(LEFT)
    assert rows[0][3] == 40_000

    await me.delete(document.name)

    async for attempt in patiently():
        with attempt:
            assert await me.sql(LEFT) == [(0, 0, 0, 0, 0)]


async def test_an_upload_that_nobody_goes_on_with_is_dropped_after_a_day(me: Knowing):
    old, new = await me.create(3), await me.create(3)
    await me.append(old, 0, b"ab")
    (job,) = me.opened.jobs
    await me.sql(
        "UPDATE documents SET create_time = now() - interval '25 hours' WHERE id = %s",
        old.name[-36:],
    )

    assert await job.run() == 1

    assert await me.listed() == [new.name]
    assert await job.run() == 0


@pytest.mark.asvs("2.3.2", "2.3.4")
async def test_ten_thousand_documents_are_the_most_also_when_asking_twice_at_once(
    me: Knowing,
):
    await me.sql(FILL, me.user, 1, model.MAX_DOCUMENTS - 2)

    made = await asyncio.gather(
        *(me.create(1) for _ in range(8)), return_exceptions=True
    )

    refused = [each for each in made if isinstance(each, grpc.aio.AioRpcError)]
    assert len(refused) == 6
    said = await refusal(me.create(1))
    assert (said.code, said.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "TOO_MANY_DOCUMENTS",
    )
    await me.delete((await me.listed())[0])
    await me.create(1)


@pytest.mark.asvs("2.3.2", "5.2.1")
async def test_two_gibibytes_are_the_most_and_a_deletion_makes_room(me: Knowing):
    largest = model.MAX_DOCUMENT_BYTES
    await me.sql(FILL, me.user, largest, model.MAX_USER_BYTES // largest - 1)
    last = await me.create(largest - 5)

    await me.create(5)

    assert (await refusal(me.create(1))).reason == "TOO_MANY_DOCUMENTS"
    await me.delete(last.name)
    await me.create(largest - 5)


async def test_a_file_of_too_many_parts_is_refused(me: Knowing):
    document = await me.create(3)
    await me.sql("UPDATE documents SET parts = %s", model.MAX_PARTS - 1)
    await me.append(document, 0, b"a")

    refused = await refusal(me.append(document, 1, b"b"))

    assert refused.metadata == {"field": "data", "expected": "larger parts"}


async def test_retries_change_nothing_again(me: Knowing):
    document = await me.upload("The fox jumps.")
    renamed, gone = str(uuid4()), str(uuid4())
    first = Document(name=document.name, display_name="First")
    await update(me, first, request_id=renamed)
    await update(me, Document(name=document.name, display_name="Second"))

    again = await update(me, first, request_id=renamed)
    await me.delete(document.name, request_id=gone)
    await me.delete(document.name, request_id=gone)

    assert again.display_name == "Second"


async def test_a_document_is_watched_until_it_is_ready_or_gone(me: Knowing):
    document, other = await me.create(3), await me.create(3)
    request = pb.WatchDocumentRequest(name=document.name)
    watching = me.documents.WatchDocument(request, metadata=me.me)
    steps = aiter(watching)
    assert (await anext(steps)).document == document
    gone = me.documents.WatchDocument(
        pb.WatchDocumentRequest(name=other.name), metadata=me.me
    )
    await anext(aiter(gone))

    await me.append(document, 0, b"fox")
    await me.delete(other.name)
    states = [step.document.state async for step in watching]

    assert states[-1] == Document.STATE_READY
    assert await everything(gone) == []
