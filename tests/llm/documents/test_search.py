"""SearchDocuments, and what a reply is given: passages at their exact places."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from parley.llm.v1 import document_pb2
from services.llm.documents.model import MAX_IMAGES, DocumentNotFound
from services.llm.documents.retrieving import BUDGET_SECONDS
from services.llm.generation.ports import Retrieved
from services.llm.model import Image
from services.llm.names import CollectionName, DocumentName
from services.llm.wanted import NOWHERE, Knowledge
from tests.calls import refusal
from tests.llm.documents.knowledge import PATIENCE, Knowing
from tests.llm.documents.word_index import WordIndex

EVERYWHERE = Knowledge(all=True)


async def test_a_passage_says_its_exact_place(me: Knowing):
    filler = "Nothing but words.\n\n" * 200
    text = f"{filler}# Foxes 🦊\n\nThe fox jumps over.\n\n# Dogs\n\n{filler}"
    document = await me.upload(text)

    (found,) = await me.search("jumps")

    citation = found.citation
    assert citation.number == 1
    assert citation.document == document.name
    assert citation.section == "Foxes 🦊"
    assert "The fox jumps over." in citation.quote
    assert citation.quote == text[citation.start_offset : citation.end_offset]
    read = (await me.read(document.name, offset=citation.start_offset)).page
    begin = citation.start_offset - read.start_offset
    assert read.text[begin:].startswith(citation.quote)


async def test_a_passage_of_a_page_says_which(me: Knowing):
    pages = [f"Page of words {number}.\n\nMore of it.\f" for number in range(30)]
    document = await me.upload("".join(pages))

    found = await me.search("17")

    assert [(passage.citation.page, passage.citation.quote) for passage in found] == [
        (18, pages[17])
    ]
    assert (await me.read(document.name, page=18)).page.text == pages[17]


async def test_a_passage_may_lie_across_the_stretches_that_are_stored(me: Knowing):
    text = "\n\n".join(f"Word{number} and others" for number in range(3_000))
    await me.upload(text)

    for number in range(0, 3_000, 97):
        (found,) = await me.search(f"word{number}")
        citation = found.citation
        assert f"Word{number} and" in citation.quote
        assert citation.quote == text[citation.start_offset : citation.end_offset]


async def test_it_is_looked_for_where_it_is_said_to(me: Knowing, stranger: Knowing):
    papers, letters = await me.collection("Papers"), await me.collection("Letters")
    theirs = await stranger.collection("Theirs", me)
    one = await me.upload("fox one", collection=papers.name)
    await me.upload("fox two", collection=letters.name)
    three = await me.upload("fox three")
    await stranger.upload("fox four", collection=theirs.name)
    await stranger.upload("fox five")

    async def found(**within: Any) -> set[str]:
        return set(await me.quotes("fox", **within))

    assert await found() == {"fox one", "fox two", "fox three", "fox four"}
    assert await found(all=True) == await found()
    assert await found(collections=[papers.name]) == {"fox one"}
    assert await found(collections=[theirs.name]) == {"fox four"}
    assert await found(documents=[three.name]) == {"fox three"}
    assert await found(
        documents=[one.name, three.name], collections=[letters.name, theirs.name]
    ) == {"fox one", "fox two", "fox three", "fox four"}
    assert await found(all=True, documents=[one.name]) == await found()


async def test_no_more_passages_come_than_are_asked_for(me: Knowing):
    for number in range(4):
        await me.upload(f"fox {number}")
    request = document_pb2.SearchDocumentsRequest(
        parent=me.parent, query="fox", page_size=3
    )

    found = await me.documents.SearchDocuments(request, metadata=me.me)

    assert [passage.citation.number for passage in found.passages] == [1, 2, 3]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"query": ""}, "INVALID_FIELD"),
        ({"query": "x" * 2_001}, "INVALID_FIELD"),
        ({"query": "a\0b"}, "INVALID_FIELD"),
        ({"query": "x", "page_size": -1}, "INVALID_PAGE"),
        ({"query": "x", "parent": "users/me"}, "INVALID_NAME"),
    ],
)
async def test_what_cannot_be_is_refused(
    me: Knowing, wrong: dict[str, Any], reason: str
):
    request = document_pb2.SearchDocumentsRequest(**{"parent": me.parent, **wrong})

    refused = await refusal(me.documents.SearchDocuments(request, metadata=me.me))

    assert refused.reason == reason


async def test_without_the_index_a_search_fails_and_a_reply_goes_on(
    me: Knowing, index: WordIndex
):
    await me.upload("The fox jumps.")
    index.away = True

    refused = await refusal(me.search("fox"))
    found = await me.opened.retrieving.retrieve(me.reader, "fox", EVERYWHERE, limit=5)

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "UNAVAILABLE",
    )
    assert refused.metadata == {"part": "knowledge"}
    assert found == Retrieved(degraded=True)


async def test_a_slow_index_costs_a_reply_600_ms_at_most(me: Knowing, index: WordIndex):
    await me.upload("The fox jumps.")
    index.patience = asyncio.Event()

    in_time = me.over(index, budget_seconds=BUDGET_SECONDS)
    async with asyncio.timeout(PATIENCE):
        found = await in_time.retrieve(me.reader, "fox", EVERYWHERE, limit=5)

    assert found == Retrieved(degraded=True)


async def test_a_defect_of_the_index_is_degraded_too(me: Knowing):
    await me.upload("The fox jumps.")

    class Broken(WordIndex):
        async def search(self, *_: object, **__: object) -> Any:
            raise ZeroDivisionError

    found = await me.over(Broken()).retrieve(me.reader, "fox", EVERYWHERE, limit=5)

    assert found.degraded


async def test_a_reply_is_given_passages(me: Knowing):
    document = await me.upload("The fox jumps.")

    found = await me.opened.retrieving.retrieve(me.reader, "fox", EVERYWHERE, limit=5)
    nowhere = await me.opened.retrieving.retrieve(me.reader, "fox", NOWHERE, limit=5)

    (passage,) = found.passages
    assert not found.degraded
    assert (passage.document, passage.text) == (document.name, "The fox jumps.")
    assert (passage.start, passage.end, passage.score) == (0, 14, 1.0)
    assert nowhere == Retrieved()


async def test_attachments_that_can_be_read_no_more_are_passed_over(
    me: Knowing, stranger: Knowing
):
    papers = await stranger.collection("Papers", me)
    deleted = await me.upload("The fox is gone.")
    taken = await stranger.upload("The fox is theirs.", collection=papers.name)
    kept = await me.upload("The fox jumps.")
    attached = tuple(DocumentName.parse(d.name) for d in (deleted, taken, kept))
    await me.delete(deleted.name)
    await stranger.share(papers)
    retrieve = me.opened.retrieving.retrieve

    found = await retrieve(me.reader, "fox", Knowledge(attached=attached), limit=5)
    gone = await retrieve(me.reader, "fox", Knowledge(attached=attached[:2]), limit=5)

    assert [passage.text for passage in found.passages] == ["The fox jumps."]
    assert gone == Retrieved()
    named = Knowledge(documents=attached[:1], attached=attached)
    with pytest.raises(DocumentNotFound):
        await retrieve(me.reader, "fox", named, limit=5)


async def test_images_are_loaded_for_those_who_may_read_them(
    me: Knowing, stranger: Knowing
):
    data = b"\x89PNG" + bytes(range(256)) * 4_000
    shared = await me.collection("Pictures", stranger)
    mine = DocumentName.parse((await me.upload(data)).name)
    ours = DocumentName.parse((await me.upload(data, collection=shared.name)).name)
    text = DocumentName.parse((await me.upload("The fox jumps.")).name)
    large = DocumentName.parse((await me.upload(data * 6)).name)
    image = Image("image/png", data)
    retrieving = me.opened.retrieving

    assert await retrieving.images(me.reader, [mine, text, ours, large]) == {
        mine: image,
        ours: image,
        large: None,
    }
    assert await retrieving.images(stranger.reader, [mine, text, ours]) == {ours: image}
    assert CollectionName.parse(shared.name).user_id == me.user


async def test_the_first_ten_images_are_loaded_whatever_else_is_attached(me: Knowing):
    async def uploaded(data: bytes | str) -> DocumentName:
        return DocumentName.parse((await me.upload(data)).name)

    texts = [await uploaded(f"Text {number}.") for number in range(MAX_IMAGES)]
    images = [await uploaded(b"\x89PNG %d" % n) for n in range(MAX_IMAGES + 1)]

    found = await me.opened.retrieving.images(me.reader, [*texts, *images])

    assert list(found) == images
    assert [image for image in found.values() if image] == [
        Image("image/png", b"\x89PNG %d" % n) for n in range(MAX_IMAGES)
    ]
