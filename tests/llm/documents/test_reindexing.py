"""What is processed again is there meanwhile as it was."""

from __future__ import annotations

from parley.llm.v1 import document_service_pb2 as pb
from services.llm.documents.model import DocumentCorrupt
from services.llm.model import Image
from services.llm.names import DocumentName
from tests.llm.documents.knowledge import Document, Knowing, patiently
from tests.llm.documents.slow_reader import SlowReader
from tests.llm.documents.slowly import me, reader, reindex, until_reading
from tests.llm.documents.word_index import WordIndex

__all__ = ["me", "reader"]


async def test_what_is_indexed_anew_is_found_meanwhile(me: Knowing, reader: SlowReader):
    reader.go_on.set()
    document = await me.upload("The fox jumps.")
    (before,) = await me.sql("SELECT version FROM documents")
    reader.go_on.clear()

    again = await reindex(me, document)
    await until_reading(reader, "notes.txt", "notes.txt")

    assert again.state == Document.STATE_PROCESSING
    assert await me.quotes("fox") == ["The fox jumps."]
    assert (await me.read(document.name)).page.text == "The fox jumps."
    reader.go_on.set()
    assert (await me.done(document.name)).state == Document.STATE_READY
    assert await me.quotes("fox") == ["The fox jumps."]
    (after,) = await me.sql("SELECT version FROM documents")
    assert before != after
    async for attempt in patiently():
        with attempt:  # nothing of the version before is left
            rows = await me.sql("SELECT DISTINCT version FROM document_chunks")
            assert rows == [after]


async def test_one_that_fails_when_it_is_indexed_anew_leaves_the_index(
    me: Knowing, reader: SlowReader, index: WordIndex
):
    reader.go_on.set()
    document = await me.upload("The fox jumps.")
    reader.problem, index.away = DocumentCorrupt(), True

    await reindex(me, document)
    async for attempt in patiently():
        with attempt:
            ((state, delays),) = await me.sql("SELECT state, delays FROM documents")
            assert (state, delays > 0) == ("processing", True)
    assert index.held
    index.away = False
    await me.sql("UPDATE documents SET due_time = now()")

    assert (await me.done(document.name)).state == Document.STATE_FAILED
    assert index.held == {}
    reader.problem = None
    await reindex(me, document)
    assert (await me.done(document.name)).state == Document.STATE_READY
    assert await me.quotes("fox") == ["The fox jumps."]


async def test_one_that_was_never_indexed_fails_without_the_index(
    me: Knowing, reader: SlowReader, index: WordIndex
):
    reader.go_on.set()
    index.away = True

    failed = await me.upload(b"\xff")

    assert failed.state == Document.STATE_FAILED


async def test_an_image_is_shown_while_it_is_moved(me: Knowing, reader: SlowReader):
    reader.go_on.set()
    papers, data = await me.collection(), b"\x89PNG and more"
    image = DocumentName.parse((await me.upload(data)).name)
    reader.go_on.clear()

    request = pb.UpdateDocumentRequest(
        document=Document(name=str(image), collection=papers.name)
    )
    await me.documents.UpdateDocument(request, metadata=me.me)
    await until_reading(reader, "notes.txt", "notes.txt")

    shown = {image: Image("image/png", data)}
    assert await me.opened.retrieving.images(me.reader, [image]) == shown
