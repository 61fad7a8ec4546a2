"""ErasureService of llm: every trace of a user goes, and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import LiteralString

import grpc
import pytest
from psycopg import sql

from parley.llm.v1 import erasure_service_pb2 as pb
from parley.llm.v1 import erasure_service_pb2_grpc as pb_grpc
from services.kit.interceptors import bearer
from services.kit.server import serving
from services.llm.erasure.erasing import Erasing
from services.llm.erasure.servicer import ErasureServicer
from services.llm.erasure.store import LIMIT, PostgresErasures
from tests.calls import refusal
from tests.conftest import MakeDatabase
from tests.identity import Identity
from tests.llm.documents.knowledge import Knowing, knowing, patiently
from tests.llm.documents.word_index import WordIndex
from tests.serving import ANY_PORT, channel_to

SERVICE = "parley.llm.v1.ErasureService"

# Tables in which something of a user may stand, by the column that says whose it is.
TABLES: LiteralString = """
    SELECT c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'user_id'
    WHERE c.relnamespace = current_schema()::regnamespace
      AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
# Rows that stand for work that is still to be done.
WORK = {"erasures", "vector_deletions"}
REQUESTS: LiteralString = """
    INSERT INTO requests (user_id, id, digest, create_time)
    SELECT %s, gen_random_uuid(), '', now() FROM generate_series(1, %s)
"""

PROCESSED: LiteralString = """
    SELECT FROM documents
    WHERE holder IS NOT NULL OR (due_time IS NOT NULL AND delete_time IS NULL)
"""
A_MINUTE_LATER: LiteralString = """
    UPDATE documents SET due_time = due_time - interval '61 seconds'
"""


@dataclass(frozen=True)
class Erasable:
    """The channel of erasure, and what is erased."""

    channel: grpc.aio.Channel

    async def erase(
        self, user: Knowing, *, closing_account: bool = False, by: Knowing | None = None
    ) -> datetime:
        """Ask for everything of a user to be erased."""
        stub: pb_grpc.ErasureServiceAsyncStub
        stub = pb_grpc.ErasureServiceStub(self.channel)
        request = pb.EraseUserDataRequest(
            name=user.parent, closing_account=closing_account
        )
        answer = await stub.EraseUserData(request, metadata=(by or user).me)
        return answer.deadline.ToDatetime(tzinfo=UTC)


@pytest.fixture(scope="session")
def identity() -> Identity:
    return Identity()


@pytest.fixture
def index() -> WordIndex:
    return WordIndex()


@pytest.fixture
async def me(
    make_database: MakeDatabase, redis_url: str, identity: Identity, index: WordIndex
) -> AsyncIterator[Knowing]:
    async with knowing(make_database("llm"), redis_url, identity, index) as me:
        yield me


@pytest.fixture
async def erasure(me: Knowing, index: WordIndex) -> AsyncIterator[Erasable]:
    async with (
        Erasing.open(PostgresErasures(me.database), index) as erasing,
        serving(
            partial(
                pb_grpc.add_ErasureServiceServicer_to_server, ErasureServicer(erasing)
            ),
            services=(SERVICE,),
            address=ANY_PORT,
            authenticate=bearer(me.identity.verifier()),
            drain_seconds=0,
        ) as port,
        channel_to(f"127.0.0.1:{port}") as channel,
    ):
        yield Erasable(channel)


# What others keep of a user, a row in each table.
KEPT: LiteralString = """
    WITH prompt AS (
        INSERT INTO prompts VALUES (
            {user}, gen_random_uuid(), 'P', '', now(), now()
        ) RETURNING user_id, id
    ), version AS (
        INSERT INTO prompt_versions SELECT user_id, id, 1, 'Hi', 0, now() FROM prompt
    ), assistant AS (
        INSERT INTO assistants VALUES (
            {user}, gen_random_uuid(), 'A', '', '', NULL, '', false, '{{}}', '{{}}',
            '{{}}', NULL, now(), now()
        )
    ), memory AS (
        INSERT INTO memories VALUES ({user}, gen_random_uuid(), 'M', now(), now())
    ), summary AS (
        INSERT INTO summaries VALUES ({user}, gen_random_uuid(), 'S', now())
    ), choice AS (
        INSERT INTO tool_choices VALUES ({user}, 'calculator', false, now())
    )
    INSERT INTO tool_calls VALUES (
        {user}, gen_random_uuid(), 'calculator', now(), now(), NULL
    )
"""


async def fill(user: Knowing, friend: Knowing) -> None:
    """Have something of everything; add what a new table needs."""
    await user.sql(sql.SQL(KEPT).format(user=sql.Literal(user.user)))
    papers = await user.collection("Papers", friend)
    await friend.collection("Shared", user)
    await user.upload("The secret fox.", collection=papers.name)
    await user.upload("Another secret.")


async def found(user: Knowing) -> dict[str, int]:
    """Count the user's rows in every table that has users."""
    counts = {}
    for (table,) in await user.sql(TABLES):
        query = sql.SQL("SELECT count(*) FROM {} WHERE user_id = {}")
        composed = query.format(sql.Identifier(table), sql.Literal(user.user))
        ((count,),) = await user.sql(composed)
        counts[str(table)] = count
    return counts


async def until_erased(user: Knowing) -> dict[str, int]:
    """Wait until nothing is left to erase; return what is left."""
    async for attempt in patiently():
        with attempt:
            assert not (await found(user))["erasures"]
    # Anew: the other tables were counted while it may still have gone on.
    return await found(user)


@pytest.mark.asvs("14.2.4", "14.2.7")
async def test_nothing_is_left_of_a_user_in_any_table_or_in_the_index(
    me: Knowing, erasure: Erasable, index: WordIndex
):
    other, friend = me.other(), me.other()
    for user in (me, other):
        await fill(user, friend)
    before = await found(me)
    assert {table for table, count in before.items() if not count} == WORK, (
        "fill these too"
    )
    others = await found(other)

    await erasure.erase(me, closing_account=True)
    assert await me.quotes("secret") == []
    assert await me.listed() == []
    # Of what both had shared, only the other's is left.
    assert await friend.quotes("secret") == ["The secret fox."]
    await me.sql("UPDATE erasures SET until_time = now(), look_time = now()")
    left = await until_erased(me)

    assert {table: count for table, count in left.items() if count} == {}
    assert await found(other) == others
    assert {owner for owner, _ in index.held} == {other.user}
    assert await me.sql(
        "SELECT count(*) FROM collections WHERE %s = ANY (readers)", me.user
    ) == [(0,)]


async def test_the_deadline_is_an_hour_from_the_first_request(
    me: Knowing, erasure: Erasable
):
    before = datetime.now(UTC)

    first = await erasure.erase(me, closing_account=True)
    again = await erasure.erase(me, closing_account=True)

    assert before < first - timedelta(hours=1) < datetime.now(UTC)
    assert again == first


async def test_what_is_new_is_kept_unless_the_account_is_closed(
    me: Knowing, erasure: Erasable, index: WordIndex
):
    await me.upload("The old fox.")
    index.away = True  # so that it is not done at once
    await erasure.erase(me)
    index.away = False

    new = await me.upload("The new fox.")
    await me.sql("UPDATE vector_deletions SET due_time = now()")
    await until_erased(me)

    assert await me.quotes("fox") == ["The new fox."]
    assert [str(document) for _, document in index.held] == [new.name[-36:]]


async def test_what_is_written_to_a_closing_account_is_erased_too(
    me: Knowing, erasure: Erasable, index: WordIndex
):
    await erasure.erase(me, closing_account=True)
    late = await me.create(len("The late fox."))
    with suppress(grpc.aio.AioRpcError):  # it may be gone by now
        await me.append(late, 0, b"The late fox.")
    await me.collection("Late")
    async for attempt in patiently():
        with attempt:
            assert await me.sql(PROCESSED) == []
    async for attempt in patiently():
        with attempt:
            # What was erased while it was processed goes for good after a minute only,
            # and is looked for now and then.
            await me.sql(A_MINUTE_LATER)
            await me.sql("UPDATE vector_deletions SET due_time = now()")
            # The time in which access tokens may still be valid is over.
            await me.sql("UPDATE erasures SET until_time = now(), look_time = now()")
            assert not any((await found(me)).values())
    async for attempt in patiently():
        with attempt:
            assert index.held == {}


async def test_a_closing_account_is_not_done_with_while_tokens_are_valid(
    me: Knowing, erasure: Erasable
):
    await me.upload("The fox.")
    await erasure.erase(me, closing_account=True)

    async for attempt in patiently():
        with attempt:
            left = await found(me)
            assert left["documents"] == 0

    assert await me.sql(
        "SELECT until_time > now() + interval '9 minutes' FROM erasures"
    ) == [(True,)]


async def test_many_rows_are_erased_in_parts(me: Knowing, erasure: Erasable):
    await me.sql(REQUESTS, me.user, 10_000 + 2 * LIMIT + 1)

    await erasure.erase(me)
    left = await until_erased(me)

    assert left["requests"] == 0


async def test_vectors_that_cannot_be_removed_are_waited_for(
    me: Knowing, erasure: Erasable, index: WordIndex
):
    await me.upload("The fox.")
    index.away = True
    await erasure.erase(me)
    async for attempt in patiently():
        with attempt:
            left = await found(me)
            assert (left["documents"], left["vector_deletions"]) == (0, 1)
    assert left["erasures"] == 1

    index.away = False
    await me.sql("UPDATE vector_deletions SET due_time = now()")

    assert (await until_erased(me))["vector_deletions"] == 0
    assert index.held == {}


async def test_nobody_erases_the_data_of_another(me: Knowing, erasure: Erasable):
    await me.upload("The fox.")
    before = await found(me)

    refused = await refusal(erasure.erase(me, by=me.other()))

    assert refused.reason == "FORBIDDEN"
    assert await found(me) == before
