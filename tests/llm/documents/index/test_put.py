"""Chunks are put into the index, replaced and deleted."""

import asyncio
import gc
from time import thread_time
from uuid import uuid4

from services.llm.documents.index.connection import Milvus
from services.llm.documents.index.milvus import MilvusIndex
from services.llm.documents.model import Scope
from tests.llm.documents.index.indexing import (
    FOOD,
    WEATHER,
    documents,
    found,
    rows,
    said,
    silently,
)


async def test_a_document_is_found_by_its_words(index: MilvusIndex):
    me, weather, food = uuid4(), uuid4(), uuid4()
    await index.put(me, weather, None, said(*WEATHER), silently)
    await index.put(me, food, None, said(*FOOD), silently)

    hits = await found(index, "Where does it rain?", Scope(me))

    assert (hits[0].document_id, hits[0].number) == (weather, 0)


async def test_without_an_embedder_no_vector_is_missing(index: MilvusIndex):
    assert await index.put(uuid4(), uuid4(), None, said("Words."), silently)


async def test_progress_goes_up_to_the_end(index: MilvusIndex):
    told = list[int]()

    await index.put(uuid4(), uuid4(), None, said(*["Many words."] * 450), told.append)

    assert told == sorted(told)
    assert len(told) > 1
    assert told[-1] == 100


async def test_others_have_their_turn_while_a_document_is_put(index: MilvusIndex):
    words = " ".join(f"deleteSession{n} café" for n in range(48))
    chunks = said(*(f"{n} {words}" for n in range(400)))  # as long as they may be
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = thread_time()  # not what other processes take
            await asyncio.sleep(0.001)
            longest = max(longest, thread_time() - began)

    gc.collect()
    gc.freeze()  # nor what it takes to look through all that other tests left
    watching = asyncio.create_task(watch())
    try:
        await index.put(uuid4(), uuid4(), None, chunks, silently)
    finally:
        gc.unfreeze()
        watching.cancel()

    assert longest < 0.06, "of which pymilvus takes 0.03"


async def test_a_document_that_is_put_again_is_replaced(
    index: MilvusIndex, milvus: Milvus
):
    me, document = uuid4(), uuid4()
    await index.put(me, document, None, said(*WEATHER), silently)

    await index.put(me, document, None, said(FOOD[0]), silently)

    assert await documents(index, "rain", Scope(me)) == []
    assert await documents(index, "bread", Scope(me)) == [document]
    assert await rows(milvus, me) == 1


async def test_a_document_without_chunks_is_empty(index: MilvusIndex, milvus: Milvus):
    me, document = uuid4(), uuid4()
    await index.put(me, document, None, said(*WEATHER), silently)

    await index.put(me, document, None, [], silently)

    assert await rows(milvus, me) == 0


async def test_a_document_is_whole_at_every_moment_of_being_replaced(
    index: MilvusIndex,
):
    me, document = uuid4(), uuid4()
    chunks = said(*(f"Rain of day {day}." for day in range(20)))
    await index.put(me, document, None, chunks, silently)

    async def replace() -> None:
        for _ in range(5):
            await index.put(me, document, None, chunks, silently)

    replacing = asyncio.create_task(replace())
    seen = set[int]()
    while not replacing.done():
        seen.add(len(await found(index, "rain", Scope(me), limit=20)))
    await replacing

    assert seen == {20}


async def test_who_moves_a_document_finds_it_in_its_new_collection_alone(
    index: MilvusIndex,
):
    me, document, old, new = uuid4(), uuid4(), uuid4(), uuid4()
    await index.put(me, document, old, said(*WEATHER), silently)

    await index.put(me, document, new, said(*WEATHER), silently)

    assert await documents(index, "rain", Scope(me, (old,))) == []
    assert await documents(index, "rain", Scope(me, (new,))) == [document]


async def test_what_a_crash_left_is_gone_after_the_next_put(
    index: MilvusIndex, milvus: Milvus
):
    me, document = uuid4(), uuid4()
    many = said(*(f"Rain of day {day}." for day in range(2_000)))

    def crash(percent: int) -> None:
        if percent > 40:
            raise ConnectionError

    try:
        await index.put(me, document, None, many, crash)
    except ConnectionError:
        left = await rows(milvus, me)
    await index.put(me, document, None, said(FOOD[0]), silently)

    assert 0 < left < 2_000
    assert await rows(milvus, me) == 1


async def test_a_deleted_document_leaves_nothing(knowing: MilvusIndex, milvus: Milvus):
    me, kept, deleted = uuid4(), uuid4(), uuid4()
    for document in (kept, deleted):
        assert await knowing.put(me, document, None, said(*WEATHER), silently)

    await knowing.delete(me, [deleted])

    assert await rows(milvus, me, deleted) == 0
    assert await rows(milvus, me, kept) == 2 * len(WEATHER)  # words and vectors
    assert await documents(knowing, "rain", Scope(me)) == [kept]


async def test_nobody_deletes_what_is_not_theirs(index: MilvusIndex, milvus: Milvus):
    me, stranger, document = uuid4(), uuid4(), uuid4()
    await index.put(me, document, None, said(*WEATHER), silently)

    await index.delete(stranger, [document])
    await index.put(stranger, document, None, [], silently)

    assert await rows(milvus, me) == len(WEATHER)


async def test_of_a_user_who_is_erased_nothing_is_left(
    knowing: MilvusIndex, index: MilvusIndex, milvus: Milvus
):
    me, other = uuid4(), uuid4()
    for document in [uuid4() for _ in range(5)]:
        await knowing.put(me, document, uuid4(), said(*WEATHER, *FOOD), silently)
    await index.put(other, uuid4(), None, said(*WEATHER), silently)
    before = await rows(milvus, me)

    await index.delete_owner(me)  # by an index that no longer has an embedder

    assert before == 5 * 4 * 2
    assert await rows(milvus, me) == 0
    assert await found(knowing, "rain bread soup", Scope(me)) == []
    assert await rows(milvus, other) == len(WEATHER)


async def test_deleting_what_is_not_there_is_no_error(index: MilvusIndex):
    await index.delete(uuid4(), [uuid4() for _ in range(250)])
    await index.delete_owner(uuid4())
