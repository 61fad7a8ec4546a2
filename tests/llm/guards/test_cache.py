"""An answer is given again to who asked exactly the same, and says that it will do."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from services.kit.redis import connect
from services.llm.guards.cache import MAX_ENTRY, PIECE, Cache
from services.llm.model import (
    Completed,
    Delta,
    Image,
    ModelProtocol,
    Passage,
    Question,
    Reasoning,
    ToolSpec,
    ToolUse,
    Turn,
)
from services.llm.ports import Provider
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import (
    WRITTEN,
    Clock,
    after_calls,
    ask,
    completed,
    saying,
    text_of,
)

ME = uuid4()
SECONDS = 100


def asked(text: str = "Hi", *, user: UUID | None = ME) -> Question:
    return Question("m", (Turn("user", text),), user_id=user, cached=True)


@pytest.fixture
def cache(provider: Provider, redis: Redis) -> Cache:
    return Cache(provider, redis, seconds=SECONDS)


async def test_the_same_question_is_answered_again_and_nobody_is_asked(
    cache: Cache, upstream: Upstream
):
    first = await ask(cache, asked())

    second = await ask(cache, asked())

    assert text_of(second) == text_of(first) == upstream.script.text
    assert upstream.counts["asked"] == 1


async def test_what_is_given_again_costs_nothing_and_says_so(
    cache: Cache, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(20_000)))
    first = await ask(cache, asked())

    second = await ask(cache, asked())

    assert completed(second) == Completed("m", "stop", cached=True)
    assert not completed(first).cached
    pieces = [event for event in second if isinstance(event, Delta)]
    assert {piece.tokens for piece in pieces} == {0}
    assert len(pieces) == 1 + len(upstream.script.text) // PIECE


@pytest.mark.parametrize(
    "other",
    [
        replace(asked(), cached=False),
        replace(asked(), user_id=uuid4()),
        replace(asked(), user_id=None),
        replace(asked(), model="other"),
        replace(asked(), temperature=0.0),
        replace(asked(), effort="high"),
        replace(asked(), max_output_tokens=100),
        replace(asked(), response_schema="{}"),
        replace(asked(), tools=(ToolSpec("t", "", {}),)),
        replace(asked(), passages=(Passage("d", "D", "text"),)),
        replace(asked(), turns=(Turn("system", "Hi"),)),
        replace(asked(), turns=(Turn("user", "Hi", images=(Image("a/b", b"1"),)),)),
        replace(asked(), turns=(Turn("user", "H"), Turn("user", "i"))),
    ],
)
async def test_any_other_question_is_asked(
    cache: Cache, upstream: Upstream, other: Question
):
    await ask(cache, asked())

    events = await ask(cache, other)

    assert not completed(events).cached
    assert upstream.counts["asked"] == 2


async def test_images_are_told_apart_by_what_they_show(
    cache: Cache, upstream: Upstream
):
    for data in (b"1", b"2"):
        shown = Turn("user", "Hi", images=(Image("image/png", data),))
        await ask(cache, replace(asked(), turns=(shown,)))

    assert upstream.counts["asked"] == 2


async def test_questions_are_told_apart_by_what_a_model_thought(redis: Redis):
    cache = Cache(saying(Completed("m", "stop")), redis, seconds=SECONDS)

    for thought in (b'"Hm."', b'"So."', b'"Hm."'):
        given = after_calls(replace(WRITTEN, content=(thought,)))
        await ask(cache, replace(given, user_id=ME, cached=True))

    assert len(await redis.keys("llm:cache:*")) == 2


async def test_an_answer_that_was_cut_is_not_kept(cache: Cache, upstream: Upstream):
    upstream.rescript(Script(cut_after=3))
    with pytest.raises(ModelProtocol):
        await ask(cache, asked())
    upstream.rescript(Script(tokens=words(20)))

    events = await ask(cache, asked())

    assert text_of(events) == upstream.script.text


@pytest.mark.parametrize(
    "events",
    [
        (ToolUse("1", "t", "{}"), Completed("m", "tool_calls")),
        (Delta("x", 1), ToolUse("1", "t", "{}"), Completed("m", "stop")),
        (Delta("x", 1), WRITTEN, Completed("m", "stop")),
        (Delta("x", 1), Completed("m", "content_filter")),
        (Delta("x" * (MAX_ENTRY + 1), 1), Completed("m", "stop")),
    ],
)
async def test_some_answers_are_not_kept(redis: Redis, events: tuple[Delta, ...]):
    cache = Cache(saying(*events), redis, seconds=SECONDS)
    await ask(cache, asked())

    again = await ask(cache, asked())

    assert again == list(events)
    assert await redis.keys("llm:cache:*") == []


async def test_thoughts_are_given_again_where_they_were(redis: Redis):
    said = (Reasoning("Hm", 1), Reasoning("m", 1), Delta("Yes", 1))
    cache = Cache(saying(*said, Completed("m", "stop", 5, 3)), redis, seconds=SECONDS)
    await ask(cache, asked())

    again = await ask(cache, asked())

    assert again == [
        Reasoning("Hmm", 0),
        Delta("Yes", 0),
        Completed("m", "stop", cached=True),
    ]


@pytest.mark.asvs("14.2.2")
async def test_what_is_kept_is_bounded_and_forgotten_in_time(
    cache: Cache, redis: Redis
):
    await ask(cache, asked())

    (key,) = await redis.keys("llm:cache:*")

    assert str(ME) in str(key)
    assert 0 < await redis.ttl(key) <= SECONDS
    assert await redis.strlen(key) < 1_000


async def test_what_cannot_be_read_is_asked(
    cache: Cache, redis: Redis, upstream: Upstream
):
    await ask(cache, asked())
    (key,) = await redis.keys("llm:cache:*")
    await redis.set(key, b"\xc1 of another version")

    events = await ask(cache, asked())

    assert text_of(events) == upstream.script.text


async def test_without_redis_all_is_asked_and_nobody_waits_for_it_twice(
    provider: Provider,
    upstream: Upstream,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    async with connect(f"unix://{tmp_path / 'none.sock'}") as nowhere:
        cache = Cache(provider, nowhere, seconds=SECONDS, clock=Clock())
        texts = [text_of(await ask(cache, asked())) for _ in range(20)]

    assert texts == [upstream.script.text] * 20
    assert caplog.messages.count("answers are not cached without Redis") == 1
