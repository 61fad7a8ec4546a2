"""Searching by words, by meaning, and in scopes."""

from uuid import uuid4

import pytest

from services.llm.documents.index.milvus import MilvusIndex
from services.llm.documents.index.searching import CANDIDATES, RERANKED
from services.llm.documents.model import Scope
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream
from tests.llm.documents.index.indexing import (
    FOOD,
    WEATHER,
    documents,
    found,
    said,
    silently,
)


async def test_a_search_keeps_to_its_scopes(index: MilvusIndex):
    me, friend, mine, theirs = uuid4(), uuid4(), uuid4(), uuid4()
    first, second, third, shared, private = (uuid4() for _ in range(5))
    await index.put(me, first, mine, said("Rain one."), silently)
    await index.put(me, second, None, said("Rain two."), silently)
    await index.put(me, third, uuid4(), said("Rain three."), silently)
    await index.put(friend, shared, theirs, said("Rain four."), silently)
    await index.put(friend, private, None, said("Rain five."), silently)

    async def seen(*scopes: Scope) -> set[object]:
        return set(await documents(index, "rain", *scopes))

    assert await seen(Scope(me)) == {first, second, third}
    assert await seen(Scope(me, (mine,))) == {first}
    assert await seen(Scope(me, documents=(second,))) == {second}
    assert await seen(Scope(me, (mine,), (second,))) == {first, second}
    assert await seen(Scope(me, (theirs,), (shared,))) == set()
    assert await seen(Scope(me), Scope(friend, (theirs,))) == {
        first,
        second,
        third,
        shared,
    }
    assert await seen() == set()


async def test_many_documents_can_be_named(index: MilvusIndex):
    me, document = uuid4(), uuid4()
    await index.put(me, document, None, said(*WEATHER), silently)
    others = tuple(uuid4() for _ in range(99))

    assert await documents(index, "rain", Scope(me, (), (*others, document))) == [
        document
    ]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("我们今天讨论合同的条款", "合同条款"),
        ("東京の天気は雨です", "天気"),
        ("วันนี้ฝนตกหนักมาก", "ฝนตก"),
        ("오늘은 비가 많이 옵니다", "비가"),
        ("Der Kündigungsschutz gilt ab sofort.", "kundigungsschutz"),
        ("Le café est fermé", "CAFE FERME"),
        ("Сегодня идёт дождь", "дождя"),
        ("שלג יורד", "שלג"),
        ("calls deleteSession twice", "session"),
        ("set LLM_RETENTION_DAYS", "retention"),
        ("The committees decided", "committee decision"),
    ],
)
async def test_words_of_many_languages_are_found(
    index: MilvusIndex, text: str, query: str
):
    me, document = uuid4(), uuid4()
    await index.put(me, document, None, said(text), silently)

    assert await documents(index, query, Scope(me)) == [document]


async def test_headings_are_found(index: MilvusIndex):
    me, document = uuid4(), uuid4()
    await index.put(
        me, document, None, said("Ten days.", section="Retention"), silently
    )

    assert await documents(index, "retention", Scope(me)) == [document]


async def test_what_is_rare_is_found_in_a_document_that_was_just_written(
    index: MilvusIndex,
):
    me, note = uuid4(), uuid4()
    for _ in range(3):
        texts = [
            f"When does the train to {n} leave on days like {n}?" for n in range(99)
        ]
        await index.put(me, uuid4(), None, said(*texts), silently)
    await index.put(
        me, note, None, said("Flight LX318 leaves Zurich at nine."), silently
    )

    first = (await documents(index, "When does my flight to Zurich leave?", Scope(me)))[
        0
    ]

    assert first == note


async def test_with_an_embedder_a_document_is_found_by_what_it_means(
    knowing: MilvusIndex, index: MilvusIndex
):
    me, garage, kitchen = uuid4(), uuid4(), uuid4()
    await knowing.put(me, garage, None, said("An automobile stands here."), silently)
    await knowing.put(me, kitchen, None, said(*FOOD), silently)

    assert await documents(index, "car", Scope(me)) == []
    assert (await documents(knowing, "car", Scope(me)))[0] == garage


async def test_what_both_ways_find_comes_first(knowing: MilvusIndex):
    me, both, one = uuid4(), uuid4(), uuid4()
    await knowing.put(me, one, None, said("The automobile of my aunt"), silently)
    await knowing.put(me, both, None, said("The car of my aunt"), silently)

    assert await documents(knowing, "car", Scope(me)) == [both, one]


async def test_a_document_that_could_not_be_embedded_is_found_by_its_words(
    knowing: MilvusIndex, played: Upstream
):
    me, document = uuid4(), uuid4()
    played.rescript(Script(status=400))

    embedded = await knowing.put(me, document, None, said(*WEATHER), silently)
    while_away = await documents(knowing, "rain", Scope(me))
    played.rescript(Script())
    again = await knowing.put(me, document, None, said(*WEATHER), silently)

    assert (embedded, again) == (False, True)
    assert while_away == [document]
    assert await documents(knowing, "rain", Scope(me)) == [document]


async def test_vectors_of_what_was_replaced_are_not_found(
    knowing: MilvusIndex, played: Upstream
):
    me, document = uuid4(), uuid4()
    await knowing.put(me, document, None, said("An automobile"), silently)
    played.rescript(Script(status=400))

    await knowing.put(me, document, None, said("Bread"), silently)
    played.rescript(Script())

    assert await documents(knowing, "car", Scope(me)) == []


async def test_a_question_whose_vector_takes_too_long_is_answered_by_words(
    hurried: MilvusIndex, played: Upstream
):
    me, document = uuid4(), uuid4()
    await hurried.put(me, document, None, said(*WEATHER), silently)
    played.rescript(Script(pause=600))

    assert await documents(hurried, "rain", Scope(me)) == [document]


async def test_another_model_finds_by_words_until_documents_are_put_again(
    knowing: MilvusIndex, other_model: MilvusIndex
):
    me, document = uuid4(), uuid4()
    await knowing.put(me, document, None, said("An automobile in the rain"), silently)

    by_meaning = await documents(other_model, "car", Scope(me))
    by_words = await documents(other_model, "rain", Scope(me))
    await other_model.put(me, document, None, said("An automobile"), silently)

    assert (by_meaning, by_words) == ([], [document])
    assert await documents(other_model, "car", Scope(me)) == [document]
    assert await documents(knowing, "car", Scope(me)) == []


async def test_a_reranker_decides_what_comes_first(
    reranking: MilvusIndex, played: Upstream
):
    me, document = uuid4(), uuid4()
    texts = ["Rain, rain, rain.", "Some rain and the very best.", "Rain again."]
    await reranking.put(me, document, None, said(*texts), silently)

    hits = await found(reranking, "rain", Scope(me))

    assert hits[0].number == 1
    body = played.requests[-1].body
    assert sorted(body["documents"]) == sorted(texts)
    assert (body["model"], body["query"]) == ("reranker", "rain")


async def test_what_is_not_reranked_follows_what_is(
    reranking: MilvusIndex, index: MilvusIndex
):
    me = uuid4()
    texts = [f"Rain of day {n}, and more of it." for n in range(CANDIDATES)]
    await reranking.put(me, uuid4(), None, said(*texts), silently)

    hits = await found(reranking, "rain", Scope(me), limit=CANDIDATES)
    order = await found(index, "rain", Scope(me), limit=CANDIDATES)

    assert len(hits) == CANDIDATES
    assert [hit.number for hit in hits[RERANKED:]] == [
        hit.number for hit in order[RERANKED:]
    ]
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("script", [Script(status=500), Script(pause=600)])
async def test_without_the_reranker_the_order_stays(
    hurried: MilvusIndex, index: MilvusIndex, played: Upstream, script: Script
):
    me, document = uuid4(), uuid4()
    texts = ["Rain, rain, rain.", "Some rain and the very best.", "Rain again."]
    await index.put(me, document, None, said(*texts), silently)
    played.rescript(script)

    assert await found(hurried, "rain", Scope(me)) == await found(
        index, "rain", Scope(me)
    )
