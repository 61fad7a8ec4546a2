"""CollectionService: places for documents, and sharing them."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from parley.llm.v1 import collection_service_pb2 as pb
from tests.calls import refusal
from tests.llm.documents.knowledge import Collection, Document, Knowing

FILL = """
    INSERT INTO collections
        (user_id, id, display_name, description, create_time, update_time)
    SELECT %s, gen_random_uuid(), 'Papers ' || n, '', now(), now()
    FROM generate_series(1, %s) n
"""


async def update(me: Knowing, collection: Collection, *mask: str, **more: Any) -> Any:
    request = pb.UpdateCollectionRequest(
        collection=collection, update_mask=FieldMask(paths=mask), **more
    )
    answer = await me.collections.UpdateCollection(request, metadata=me.me)
    return answer.collection


async def get(me: Knowing, name: str) -> Collection:
    request = pb.GetCollectionRequest(name=name)
    return (await me.collections.GetCollection(request, metadata=me.me)).collection


async def delete(me: Knowing, name: str, **options: Any) -> None:
    request = pb.DeleteCollectionRequest(name=name, **options)
    await me.collections.DeleteCollection(request, metadata=me.me)


async def names(me: Knowing, size: int = 0) -> list[str]:
    found, token = [], ""
    while True:
        request = pb.ListCollectionsRequest(
            parent=me.parent, page_size=size, page_token=token
        )
        page = await me.collections.ListCollections(request, metadata=me.me)
        found += [collection.display_name for collection in page.collections]
        if not (token := page.next_page_token):
            return found


async def test_a_collection_is_made_changed_and_counts_what_lies_in_it(me: Knowing):
    made = await me.collection("Old")
    await me.upload("A fox.", collection=made.name)

    changed = await update(
        me, Collection(name=made.name, display_name="New", description="Of foxes")
    )

    assert (changed.display_name, changed.description) == ("New", "Of foxes")
    assert changed.document_count == 1
    assert changed.create_time == made.create_time
    assert await get(me, made.name) == changed
    emptied = await update(me, Collection(name=made.name), "description")
    assert (emptied.display_name, emptied.description) == ("New", "")


async def test_own_collections_are_listed_by_name_then_those_shared(
    me: Knowing, stranger: Knowing
):
    for name in ("b|b", "C", "a"):
        await me.collection(name)
    for name in ("A", "d"):
        await stranger.collection(name, me)
    await stranger.collection("Hidden")

    listed = await names(me, 1)

    assert listed == await names(me) == ["a", "b|b", "C", "A", "d"]
    assert await names(me, 3) == listed


@pytest.mark.asvs("8.2.3", "15.3.1")
async def test_a_reader_reads_and_searches_but_changes_and_sees_no_readers(
    me: Knowing, stranger: Knowing
):
    shared = await me.collection("Papers", stranger)
    document = await me.upload("The fox jumps.", collection=shared.name)

    seen = await get(stranger, shared.name)
    found = await stranger.search("fox")

    assert shared.readers == [stranger.parent]
    assert (seen.display_name, seen.document_count) == ("Papers", 1)
    assert not seen.readers
    assert [passage.citation.document for passage in found] == [document.name]
    assert await stranger.listed(shared.name) == [document.name]
    assert await stranger.listed() == []
    assert await stranger.get(document.name) == document
    assert (await stranger.read(document.name)).page.text == "The fox jumps."
    assert await stranger.download(document.name) == b"The fox jumps."
    assert (await stranger.done(document.name)).state == Document.STATE_READY
    renamed = Collection(name=shared.name, display_name="Mine")
    for call in (
        update(stranger, renamed),
        delete(stranger, shared.name),
        stranger.delete(document.name),
        stranger.share(shared, me),
        stranger.create(1, collection=shared.name),
    ):
        assert (await refusal(call)).reason == "FORBIDDEN"


async def test_who_may_read_no_longer_is_refused_at_once(
    me: Knowing, stranger: Knowing
):
    shared = await me.collection("Papers", stranger)
    document = await me.upload("The fox jumps.", collection=shared.name)
    assert await stranger.quotes("fox")

    await me.share(shared)

    assert await stranger.quotes("fox") == []
    assert await names(stranger) == []
    for call in (
        stranger.get(document.name),
        stranger.read(document.name),
        stranger.download(document.name),
        stranger.done(document.name),
        stranger.search("fox", documents=[document.name]),
    ):
        assert (await refusal(call)).reason == "DOCUMENT_NOT_FOUND"
    for call in (
        get(stranger, shared.name),
        stranger.listed(shared.name),
        stranger.search("fox", collections=[shared.name]),
    ):
        assert (await refusal(call)).reason == "COLLECTION_NOT_FOUND"


async def test_a_document_that_is_moved_out_of_it_is_no_longer_shared(
    me: Knowing, stranger: Knowing
):
    shared, own = await me.collection("Shared", stranger), await me.collection("Own")
    document = await me.upload("The fox jumps.", collection=shared.name)

    await move(me, document, own.name)

    assert await stranger.quotes("fox") == []
    assert (await refusal(stranger.get(document.name))).reason == "DOCUMENT_NOT_FOUND"
    await me.done(document.name)
    assert await me.quotes("fox", collections=[own.name]) == ["The fox jumps."]
    assert await me.quotes("fox", collections=[shared.name]) == []
    await move(me, document, shared.name)
    await me.done(document.name)
    assert await stranger.quotes("fox") == ["The fox jumps."]


async def test_deleting_a_collection_deletes_what_lies_in_it(
    me: Knowing, stranger: Knowing
):
    shared = await me.collection("Papers", stranger)
    inside = await me.upload("The fox jumps.", collection=shared.name)
    outside = await me.upload("The fox sleeps.")

    await delete(me, shared.name)

    assert await me.listed() == [outside.name]
    assert await me.quotes("fox") == ["The fox sleeps."]
    assert await stranger.quotes("fox") == []
    assert (await refusal(me.get(inside.name))).reason == "DOCUMENT_NOT_FOUND"
    assert (await refusal(delete(me, shared.name))).reason == "COLLECTION_NOT_FOUND"
    await delete(me, shared.name, allow_missing=True)


async def test_a_user_has_100_collections_at_most_also_when_asking_twice_at_once(
    me: Knowing,
):
    await me.sql(FILL, me.user, 97)

    made = await asyncio.gather(
        *(me.collection(f"New {number}") for number in range(9)),
        return_exceptions=True,
    )

    refused = [each for each in made if isinstance(each, grpc.aio.AioRpcError)]
    assert len(refused) == 6
    assert (await refusal(me.collection("More"))).reason == "TOO_MANY_COLLECTIONS"
    assert len(await names(me, 200)) == 100


async def test_retries_change_nothing_again(me: Knowing):
    made, changed, gone = (str(uuid4()) for _ in range(3))
    collection = await me.collection("Old", request_id=made)
    assert await me.collection("Old", request_id=made) == collection
    first = Collection(name=collection.name, display_name="First")
    await update(me, first, request_id=changed)
    await update(me, Collection(name=collection.name, display_name="Second"))

    again = await update(me, first, request_id=changed)
    refused = await refusal(me.collection("Other", request_id=made))
    await delete(me, collection.name, request_id=gone)
    await delete(me, collection.name, request_id=gone)

    assert again.display_name == "Second"
    assert refused.reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize(
    "wrong",
    [
        {"display_name": ""},
        {"display_name": "x" * 101},
        {"display_name": "a\nb"},
        {"display_name": "a", "description": "x" * 1_001},
        {"display_name": "a", "readers": [f"users/{UUID(int=n)}" for n in range(101)]},
    ],
)
async def test_what_cannot_be_is_refused(me: Knowing, wrong: dict[str, Any]):
    request = pb.CreateCollectionRequest(
        parent=me.parent, collection=Collection(**wrong)
    )

    refused = await refusal(me.collections.CreateCollection(request, metadata=me.me))

    assert refused.reason == "INVALID_FIELD"
    assert await names(me) == []


async def test_an_owner_is_no_reader_and_nobody_is_one_twice(
    me: Knowing, stranger: Knowing
):
    shared = await me.collection("Papers", stranger, me, stranger)

    assert shared.readers == [stranger.parent]
    assert await names(me) == ["Papers"]


async def move(me: Knowing, document: Document, collection: str) -> None:
    from parley.llm.v1 import document_service_pb2

    request = document_service_pb2.UpdateDocumentRequest(
        document=Document(name=document.name, collection=collection),
        update_mask=FieldMask(paths=["collection"]),
    )
    await me.documents.UpdateDocument(request, metadata=me.me)
