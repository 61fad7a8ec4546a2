"""Summaries in PostgreSQL: whose they are, which is found, how long they stay."""

from uuid import UUID, uuid4

import psycopg
import pytest

from services.kit.postgres import Database
from services.llm.context.model import Summary
from services.llm.context.store import PostgresSummaries, forget
from tests.llm.generation.parts import ME

OTHER = UUID("018f0000-0000-7000-8000-000000000002")


@pytest.fixture
def summaries(database: Database) -> PostgresSummaries:
    return PostgresSummaries(database)


async def test_the_summary_that_covers_most_is_found(summaries: PostgresSummaries):
    messages = [uuid4() for _ in range(5)]
    early, late = Summary(messages[1], "early"), Summary(messages[3], "late")
    await summaries.put(ME, late)
    await summaries.put(ME, early)

    assert await summaries.find(ME, messages) == late
    assert await summaries.find(ME, messages[:3]) == early
    assert await summaries.find(ME, messages[:1]) is None
    assert await summaries.find(ME, []) is None


async def test_nobody_finds_another_users_summary(summaries: PostgresSummaries):
    message = uuid4()
    await summaries.put(ME, Summary(message, "mine"))

    assert await summaries.find(OTHER, [message]) is None


async def test_of_two_summaries_up_to_the_same_message_the_first_stays(
    summaries: PostgresSummaries,
):
    message = uuid4()

    await summaries.put(ME, Summary(message, "first"))
    await summaries.put(ME, Summary(message, "second"))

    assert await summaries.find(ME, [message]) == Summary(message, "first")


async def test_erasing_a_user_erases_their_summaries_alone(
    summaries: PostgresSummaries,
):
    message = uuid4()
    await summaries.put(ME, Summary(message, "mine"))
    await summaries.put(OTHER, Summary(message, "theirs"))

    assert await summaries.erase(ME) == 1
    assert await summaries.erase(ME) == 0

    assert await summaries.find(ME, [message]) is None
    assert await summaries.find(OTHER, [message]) == Summary(message, "theirs")


async def test_what_nobody_needed_for_ninety_days_is_forgotten(
    summaries: PostgresSummaries, database: Database, url: str
):
    unused, used = uuid4(), uuid4()
    for message in (unused, used):
        await summaries.put(ME, Summary(message, "old"))
    grow_older(url, days=89)
    await summaries.find(ME, [used])
    grow_older(url, days=2)

    assert await forget(database) == 1

    assert await summaries.find(ME, [unused]) is None
    assert await summaries.find(ME, [used])


def grow_older(url: str, days: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE summaries SET use_time = use_time - make_interval(days => %s)",
            (days,),
        )
