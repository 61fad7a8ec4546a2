"""Processing: whatever happens to a process, a file or the index, it ends well."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from os import listdir
from pathlib import Path
from uuid import uuid4

import pytest

from parley.llm.v1 import document_service_pb2 as pb
from services.llm.documents.model import DocumentTooComplex
from tests.identity import Identity
from tests.llm.documents.knowledge import (
    Document,
    Knowing,
    knowing,
    patiently,
    reason,
)
from tests.llm.documents.plain_reader import PlainReader
from tests.llm.documents.slow_reader import SlowReader
from tests.llm.documents.slowly import (
    begun,
    jobs,
    me,
    reader,
    reindex,
    taken_over,
    until_reading,
)
from tests.llm.documents.word_index import WordIndex

__all__ = ["me", "reader"]

STATES = "SELECT id::text, state, attempts FROM documents ORDER BY id"


async def test_a_file_that_is_read_lies_nowhere_that_it_could_be_left(
    me: Knowing, reader: SlowReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    document = await begun(me)
    await until_reading(reader, "a")
    lying = await asyncio.to_thread(listdir, tmp_path)
    reader.go_on.set()

    assert (await me.done(document.name)).state == Document.STATE_READY
    assert lying == []


@pytest.mark.asvs("15.2.2")
async def test_a_bounded_number_is_processed_at_once_and_users_take_turns(
    me: Knowing, stranger: Knowing, reader: SlowReader
):
    for number in range(4):
        await begun(me, name=f"mine {number}")
    await until_reading(reader, "mine 0", "mine 1")
    theirs = await begun(stranger, name="theirs")

    reader.let["mine 0"].set()
    await until_reading(reader, "mine 0", "mine 1", "theirs")
    reader.go_on.set()
    await stranger.done(theirs.name)
    async for attempt in patiently():
        with attempt:
            assert len(reader.reading) == 5

    assert reader.most == 2


async def test_how_far_it_is_is_shown_coarsely(me: Knowing, reader: SlowReader):
    document = await begun(me)

    async for step in me.documents.WatchDocument(
        pb.WatchDocumentRequest(name=document.name), metadata=me.me
    ):
        if step.document.progress_percent:
            reader.go_on.set()
            break

    assert step.document.progress_percent == 30
    assert (await me.done(document.name)).progress_percent == 100


async def test_one_whose_process_died_is_taken_over(
    me: Knowing, reader: SlowReader, index: WordIndex
):
    document = await begun(me)
    await until_reading(reader, "a")
    reader.go_on.set()
    # As it is when a process was killed: it holds the document, and says no more.
    async with jobs(me) as others:
        await me.done(document.name)
        await reindex(me, document)
        await me.done(document.name)
        reader.go_on.clear()
        await me.sql(
            """UPDATE documents SET state = 'processing', holder = gen_random_uuid(),
            attempts = 1, due_time = now() + interval '1 hour'"""
        )
        assert await others.claim(uuid4()) is None
    reader.go_on.set()
    await me.sql("UPDATE documents SET due_time = now()")

    assert (await me.done(document.name)).state == Document.STATE_READY


async def test_a_third_attempt_is_the_last(me: Knowing, reader: SlowReader):
    document = await begun(me)
    await until_reading(reader, "a")
    await me.sql("UPDATE documents SET attempts = 3, due_time = now(), holder = NULL")

    failed = await me.done(document.name)

    assert failed.state == Document.STATE_FAILED
    assert reason(failed) == DocumentTooComplex.reason


async def test_a_defect_of_the_reader_is_tried_three_times(
    me: Knowing, reader: SlowReader
):
    reader.problem = ZeroDivisionError()
    reader.go_on.set()

    document = await begun(me)
    failed = await me.done(document.name)

    assert failed.state == Document.STATE_FAILED
    assert reader.reading == ["a"] * 3


async def test_a_lost_lease_ends_the_run_and_another_one_goes_on(
    me: Knowing, reader: SlowReader, tmp_path: Path
):
    document = await begun(me)
    await until_reading(reader, "a")
    file = tmp_path / "a"
    file.write_text("The fox jumps.")
    async with jobs(me) as others:
        run = uuid4()
        taken = await taken_over(me, run)
        assert taken is not None
        assert (str(taken.name), taken.attempts) == (document.name, 2)
        reader.go_on.set()
        content = await PlainReader().read(file, "a", lambda _: None)
        await others.store(taken, content)

        assert await others.publish(taken, content, embedded=True)

    assert (await me.done(document.name)).state == Document.STATE_READY
    assert await me.sql("SELECT version = %s FROM documents", run) == [(True,)]


async def test_an_index_that_is_away_delays_and_fails_nothing(
    me: Knowing, reader: SlowReader, index: WordIndex
):
    reader.go_on.set()
    index.away = True

    document = await begun(me)
    async for attempt in patiently():
        with attempt:
            ((delays, attempts, state),) = await me.sql(
                "SELECT delays, attempts, state FROM documents"
            )
            assert delays >= 2
            # It is no failure of the file's, however often.
            assert (attempts, state) == (0, "processing")
    index.away = False
    await me.sql("UPDATE documents SET due_time = now()")

    assert (await me.done(document.name)).state == Document.STATE_READY
    assert await me.quotes("fox") == ["The fox jumps."]


async def test_one_that_is_deleted_while_it_is_processed_leaves_nothing(
    me: Knowing, reader: SlowReader, index: WordIndex
):
    document = await begun(me)
    await until_reading(reader, "a")

    await me.delete(document.name)
    reader.go_on.set()
    async for attempt in patiently():
        with attempt:
            assert await me.sql("SELECT holder FROM documents") == [(None,)]
    # So long it takes until nothing can come into the index any more.
    await me.sql("UPDATE documents SET due_time = now() - interval '61 seconds'")
    await me.sql("UPDATE vector_deletions SET due_time = now()")

    async for attempt in patiently():
        with attempt:
            assert await me.sql("SELECT 1 FROM documents") == []
            assert await me.sql("SELECT 1 FROM vector_deletions") == []
    assert index.held == {}
    assert await me.sql("SELECT 1 FROM document_chunks") == []


async def test_one_that_is_moved_while_it_is_processed_is_found_where_it_lies(
    me: Knowing, reader: SlowReader
):
    papers = await me.collection()
    document = await begun(me)
    await until_reading(reader, "a")

    await me.documents.UpdateDocument(
        pb.UpdateDocumentRequest(
            document=Document(name=document.name, collection=papers.name)
        ),
        metadata=me.me,
    )
    reader.go_on.set()
    await me.done(document.name)

    assert await me.quotes("fox", collections=[papers.name]) == ["The fox jumps."]


async def test_a_process_that_ends_hands_over_at_once(
    llm_database: str, redis_url: str, identity: Identity, index: WordIndex
):
    first, second = SlowReader(), SlowReader()
    second.go_on.set()
    async with AsyncExitStack() as stack:
        async with knowing(llm_database, redis_url, identity, index, first) as me:
            document = await begun(me)
            await until_reading(first, "a")
        rows = await me.sql(STATES)
        assert rows == [(document.name[-36:], "processing", 0)]

        other = await stack.enter_async_context(
            knowing(llm_database, redis_url, identity, index, second)
        )
        async for attempt in patiently():
            with attempt:
                (row,) = await other.sql(STATES)
                assert row[1] == "ready"
