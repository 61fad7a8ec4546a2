"""
Nobody finds or reads what is not theirs, whatever they send.

`index` is a fixture: whoever has another index runs the same over it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from prometheus_client import REGISTRY

from parley.llm.v1 import collection_service_pb2 as collections_pb
from parley.llm.v1 import document_service_pb2 as pb
from services.kit.status import info_of
from services.llm.documents.model import Hit, Scope
from services.llm.names import CollectionName, DocumentName
from services.llm.wanted import Knowledge
from tests.calls import everything
from tests.llm.documents.intruding import Target, attempts
from tests.llm.documents.knowledge import Collection, Document, Knowing
from tests.llm.documents.word_index import WordIndex

SECRET = "The secret plan of the fox: jump at noon."
NAMES = {"DOCUMENT_NOT_FOUND", "COLLECTION_NOT_FOUND", "INVALID_NAME"}
EVERYWHERE = Knowledge(all=True)
DROPPED = "llm_knowledge_hits_dropped_total"


class Leaking(WordIndex):
    """Finds everything that another index holds, whatever is asked."""

    def __init__(self, index: WordIndex) -> None:
        super().__init__()
        self._index = index

    async def search(self, query: str, scopes: Any, *, limit: int) -> list[Hit]:
        return [
            Hit(document, chunk.number, 9.0)
            for (_, document), (_, chunks) in self._index.held.items()
            for chunk in chunks
        ]


@pytest.fixture
async def target(me: Knowing) -> Target:
    """A document of mine, in a collection that is shared with nobody."""
    papers = await me.collection("Papers")
    return Target(me.user, await me.upload(SECRET, collection=papers.name), papers)


async def outcome(call: Awaitable[Any]) -> Any:
    """Return what a call answers, or why it was refused."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        found = info_of(error)
        return found.reason if found else error.code().name


def leaks(found: Any) -> bool:
    """Tell whether an answer holds anything of the secret."""
    return "secret" in str(found).lower() or "noon" in str(found)


@pytest.mark.asvs("8.2.2")
async def test_a_thousand_hostile_searches_find_nothing(
    me: Knowing, stranger: Knowing, target: Target
):
    await stranger.upload("My own fox, and nothing else.")
    # With one's own words among those that are looked for, something is found, too.
    assert await stranger.quotes("fox plan")

    tried = list(attempts(target, stranger.user))
    outcomes = [
        await outcome(stranger.quotes(query, **within)) for query, within in tried
    ]

    assert len(tried) >= 1_000
    for asked, found in zip(tried, outcomes, strict=True):
        assert not leaks(found), asked
        assert isinstance(found, list) or found in NAMES, asked
    assert await me.quotes("secret") == [SECRET]


@pytest.mark.asvs("8.2.2")
async def test_an_index_that_tells_everything_tells_it_to_nobody(
    me: Knowing, stranger: Knowing, target: Target, index: WordIndex
):
    await stranger.upload("My own fox.")
    leaking = stranger.over(Leaking(index))
    before = REGISTRY.get_sample_value(DROPPED) or 0

    for query, within in attempts(target, stranger.user):
        if within not in ({}, {"all": True}):
            continue
        found = await leaking.search(stranger.reader, query, EVERYWHERE, limit=50)
        assert [passage.text for passage in found] == ["My own fox."]

    assert (REGISTRY.get_sample_value(DROPPED) or 0) > before


async def test_what_is_ones_own_but_out_of_scope_is_not_found_either(
    me: Knowing, target: Target, index: WordIndex
):
    other = await me.upload("Another fox.")
    letters = await me.collection("Letters")
    leaking = me.over(Leaking(index))

    async def found(**within: Any) -> list[str]:
        passages = await leaking.search(me.reader, "fox", Knowledge(**within), limit=50)
        return [passage.text for passage in passages]

    document = DocumentName.parse(other.name)
    papers = CollectionName.parse(target.collection.name)
    assert await found(documents=(document,)) == ["Another fox."]
    assert await found(collections=(papers,)) == [SECRET]
    assert await found(collections=(CollectionName.parse(letters.name),)) == []


@pytest.mark.asvs("8.2.2")
async def test_no_call_shows_or_changes_what_is_anothers(
    me: Knowing, stranger: Knowing, target: Target
):
    document, collection = target.document.name, target.collection.name
    own = await stranger.collection("Mine")
    mine = await stranger.upload("My own fox.")
    tried = [
        call
        for document in names(target.document.name, stranger.user, "documents")
        for call in on_document(stranger, document, own, mine)
    ] + [
        call
        for collection in names(target.collection.name, stranger.user, "collections")
        for call in on_collection(stranger, collection, me)
    ]

    outcomes = [await outcome(call) for call in tried]

    assert len(outcomes) >= 60
    for found in outcomes:
        assert found in {*NAMES, "FORBIDDEN", "INVALID_FIELD", "INVALID_PAGE"}
    assert await me.get(document) == target.document
    assert await me.listed(collection) == [document]
    assert await me.download(document) == SECRET.encode()


async def test_a_share_that_is_taken_back_is_over_at_once_also_in_the_middle(
    me: Knowing, stranger: Knowing, target: Target
):
    for _ in range(20):
        await me.share(target.collection, stranger)
        assert await stranger.quotes("secret") == [SECRET]

        await me.share(target.collection)

        found = await asyncio.gather(
            *(outcome(stranger.quotes("secret", **within)) for within in ways(target))
        )
        assert not any(map(leaks, found))


async def test_searches_during_deletions_find_it_or_nothing_and_after_it_nothing(
    me: Knowing, index: WordIndex
):
    for number in range(20):
        document = await me.upload(f"{SECRET} {number}")
        deleted = asyncio.Event()

        async def look(deleted: asyncio.Event) -> list[tuple[bool, list[str]]]:
            looks = []
            for _ in range(10):
                after = deleted.is_set()
                looks.append((after, await me.quotes("secret")))
            return looks

        looking = [asyncio.create_task(look(deleted)) for _ in range(3)]
        await me.delete(document.name)
        deleted.set()

        for after, found in [each for task in looking for each in await task]:
            assert found in ([], [f"{SECRET} {number}"])
            assert not (after and found)


async def test_what_an_index_remembers_of_the_deleted_is_shown_to_nobody(
    me: Knowing, index: WordIndex, target: Target
):
    held = dict(index.held)
    await me.delete(target.document.name)
    await me.sql("DELETE FROM vector_deletions")
    index.held.update(held)

    for query, within in attempts(target, me.user):
        assert not leaks(await outcome(me.quotes(query, **within)))


async def test_only_ids_reach_the_index(me: Knowing, index: WordIndex, target: Target):
    class Asked(WordIndex):
        scopes: list[Scope]

        async def search(self, query: str, scopes: Any, *, limit: int) -> list[Hit]:
            self.scopes = list(scopes)
            return []

    asked = Asked()
    asking = me.over(asked)

    for query, _ in attempts(target, me.user):
        await asking.search(me.reader, query, EVERYWHERE, limit=5)

        assert asked.scopes == [Scope(me.user)]


def ways(target: Target) -> list[dict[str, Any]]:
    return [
        {},
        {"all": True},
        {"documents": [target.document.name]},
        {"collections": [target.collection.name]},
    ]


def names(name: str, me: UUID, kind: str) -> list[str]:
    """Name somebody else's, as it is and in disguise."""
    return [
        name,
        f"users/{me}/{kind}/{name[-36:]}",
        name.upper().replace("USERS", "users").replace(kind.upper(), kind),
        f"{name}/",
        f"{name}' or '1'='1",
        name.replace("users/", "users//"),
        f"users/{uuid4()}/{kind}/{name[-36:]}",
    ]


def on_document(
    me: Knowing, name: str, own: Collection, mine: Document
) -> list[Awaitable[Any]]:
    """Everything that can be asked of a document."""
    renamed = pb.UpdateDocumentRequest(document=Document(name=name, display_name="x"))
    moved = pb.UpdateDocumentRequest(
        document=Document(name=name, collection=own.name),
        update_mask=FieldMask(paths=["collection"]),
    )
    again = pb.ReindexDocumentRequest(name=name)
    watch = pb.WatchDocumentRequest(name=name)
    return [
        me.get(name),
        me.read(name),
        me.read(name, offset=3),
        me.download(name),
        me.delete(name),
        me.append(Document(name=name), 0, b"x"),
        me.documents.UpdateDocument(renamed, metadata=me.me),
        me.documents.UpdateDocument(moved, metadata=me.me),
        me.documents.ReindexDocument(again, metadata=me.me),
        everything(me.documents.WatchDocument(watch, metadata=me.me)),
        me.search("secret", documents=[name]),
        me.search("secret", documents=[mine.name, name]),
    ]


def on_collection(me: Knowing, name: str, other: Knowing) -> list[Awaitable[Any]]:
    """Everything that can be asked of a collection."""
    get = collections_pb.GetCollectionRequest(name=name)
    delete = collections_pb.DeleteCollectionRequest(name=name)
    return [
        me.collections.GetCollection(get, metadata=me.me),
        me.collections.DeleteCollection(delete, metadata=me.me),
        me.share(Collection(name=name), me),
        me.listed(name),
        me.create(1, collection=name),
        me.search("secret", collections=[name]),
    ]
