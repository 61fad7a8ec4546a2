"""UsageService, and budgets and rate limits as they meet a reply, over real parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import floor
from time import monotonic
from typing import Any
from uuid import uuid4

import grpc
import psycopg
import pytest

from parley.chat.v1 import usage_service_pb2 as pb
from parley.chat.v1 import usage_service_pb2_grpc as pb_grpc
from services.chat.usage.charge_store import PostgresUsage
from services.kit.postgres import Database
from tests.calls import everything, refusal
from tests.chat.conftest import Chat
from tests.chat.test_resume_reply import begun
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.identity import Identity, bearing
from tests.serving import channel_to, chat_serving

Serve = Callable[..., AbstractAsyncContextManager[Chat]]
PRICES = '{"scripted": [1000000, 2000000], "*": [0, 0]}'  # a token: 1 and 2 micro-USD


@pytest.fixture
def serve(
    chat_database: str, redis_url: str, llm_address: str, identity: Identity
) -> Serve:
    """Serve chat with settings of the test's own."""

    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[Chat]:
        user = uuid4()
        async with (
            chat_serving(
                chat_database, llm_address, identity, redis_url=redis_url, **settings
            ) as address,
            channel_to(address) as channel,
        ):
            yield Chat(user, bearing(identity.token(user)), channel)

    return start


def stub(chat: Chat) -> pb_grpc.UsageServiceAsyncStub:
    return pb_grpc.UsageServiceStub(chat.channel)


async def usage(chat: Chat) -> pb.UserUsage:
    request = pb.GetUsageRequest(name=f"users/{chat.user}/usage")
    return (await stub(chat).GetUsage(request, metadata=chat.me)).usage


async def charges(chat: Chat, **more: Any) -> pb.ListChargesResponse:
    request = pb.ListChargesRequest(parent=f"users/{chat.user}", **more)
    return await stub(chat).ListCharges(request, metadata=chat.me)


async def test_who_has_used_nothing_sees_the_periods_and_no_limits(serve: Serve):
    async with serve(rate_burst=0) as chat:
        found = await usage(chat)

    day, month = found.budgets
    now = datetime.now(UTC)
    assert found.name == f"users/{chat.user}/usage"
    assert (day.period, month.period) == (pb.Budget.PERIOD_DAY, pb.Budget.PERIOD_MONTH)
    start = day.start_time.ToDatetime(UTC)
    assert start <= now < day.end_time.ToDatetime(UTC) == start + timedelta(days=1)
    assert month.start_time.ToDatetime(UTC) == start.replace(day=1)
    assert month.end_time.ToDatetime(UTC).day == 1
    for budget in (day, month):
        assert budget.tokens == budget.cost_micros == pb.Budget.Amount()
    assert found.rate_limit == pb.RateLimit()


async def test_a_reply_shows_in_the_budgets_and_as_a_charge(serve: Serve):
    async with serve(prices=PRICES, budget_tokens_per_month=100_000) as chat:
        reply = await chat.completed(await chat.conversation())
        day, month = (await usage(chat)).budgets
        (charge,) = (await charges(chat)).charges

    read, written = reply.usage.input_tokens, reply.usage.output_tokens
    assert read
    assert written
    assert day.tokens == pb.Budget.Amount(used=read + written)
    assert month.tokens == pb.Budget.Amount(limit=100_000, used=read + written)
    assert day.cost_micros.used == month.cost_micros.used == read + 2 * written
    assert charge == pb.Charge(
        name=f"users/{chat.user}/charges/{reply.name.rpartition('/')[2]}",
        message=reply.name,
        model=reply.model,
        input_tokens=read,
        output_tokens=written,
        cost_micros=read + 2 * written,
        create_time=reply.end_time,
    )


async def test_what_is_set_aside_shows_while_a_reply_is_written(
    serve: Serve, upstream: Upstream
):
    upstream.script = Script(tokens=words(20), stall_after=5)
    async with serve(budget_tokens_per_day=5000) as chat:
        stream = chat.send(await chat.conversation())
        async for response in stream:
            if response.event.WhichOneof("event") == "delta":
                break
        during, _ = (await usage(chat)).budgets
        upstream.release()
        await everything(stream)
        after, _ = (await usage(chat)).budgets

    assert 1000 < during.tokens.reserved <= 5000
    assert during.tokens.used == 0
    assert after.tokens.reserved == 0
    assert after.tokens.used > 0


async def test_a_reply_that_uses_up_the_budget_is_stopped_and_the_next_refused(
    serve: Serve, upstream: Upstream
):
    upstream.script = Script(tokens=words(200), delay=0.02)  # so that they come singly
    async with serve(budget_tokens_per_day=60) as chat:
        parent = await chat.conversation()
        events = await everything(chat.send(parent, "Hello"))
        refused = await refusal(chat.send(parent, "Again"))
        day, _ = (await usage(chat)).budgets

    stopped = events[-1].event.stopped
    assert stopped.reply.text
    assert refused.reason == "BUDGET_EXHAUSTED"
    assert refused.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.metadata == {"period": "day"}
    assert refused.retry_seconds is not None
    assert 0 < refused.retry_seconds <= 24 * 3600
    assert 40 <= day.tokens.used <= 60
    assert day.tokens.reserved == 0


async def test_a_stopped_reply_costs_what_the_default_model_costs(
    serve: Serve, upstream: Upstream
):
    async with serve(prices=PRICES) as chat:
        name, seq, _ = await begun(chat, upstream, seen=7)
        reply = await chat.stop(name, last_seen_seq=seq)
        (charge,) = (await charges(chat)).charges

    assert reply.model == charge.model == "scripted"
    assert charge.cost_micros == charge.input_tokens + 2 * charge.output_tokens > 0


async def test_charges_come_in_pages_the_newest_first(serve: Serve, chat_database: str):
    async with serve() as chat:
        now = datetime.now(UTC)
        # Two of each moment, so that only the ID tells them apart.
        rows = [(chat.user, uuid4(), now - timedelta(hours=n // 2)) for n in range(7)]
        with psycopg.connect(chat_database) as connection:
            connection.cursor().executemany(ADD, rows)
        pages, token = [], ""
        while True:
            page = await charges(chat, page_size=3, page_token=token)
            pages.append(list(page.charges))
            if not (token := page.next_page_token):
                break

    assert [len(page) for page in pages] == [3, 3, 1]
    expected = sorted(rows, key=lambda row: (row[2], row[1]), reverse=True)
    names = [charge.name for page in pages for charge in page]
    assert names == [f"users/{chat.user}/charges/{row[1]}" for row in expected]


ADD = """
    INSERT INTO charges (
        user_id, id, conversation_id, model, input_tokens, output_tokens, cost_micros,
        estimated, create_time
    ) VALUES (%s, %s, gen_random_uuid(), 'any', 1, 2, 3, false, %s)
"""


async def test_nobody_sees_what_others_use(serve: Serve, identity: Identity):
    async with serve() as chat:
        stranger = replace(chat, me=bearing(identity.token(uuid4())))

        assert (await refusal(usage(stranger))).reason == "FORBIDDEN"
        assert (await refusal(charges(stranger))).reason == "FORBIDDEN"


@pytest.mark.parametrize(
    "name", ["users/{user}", "users/{user}/usages", "usage", "/usage", "users/x/usage"]
)
async def test_a_name_that_is_none_is_refused(serve: Serve, name: str):
    async with serve() as chat:
        request = pb.GetUsageRequest(name=name.format(user=chat.user))
        call = stub(chat).GetUsage(request, metadata=chat.me)

        assert (await refusal(call)).reason == "INVALID_NAME"


async def test_a_page_that_is_none_is_refused(serve: Serve):
    async with serve() as chat:
        refused = await refusal(charges(chat, page_token="bm90aGluZw=="))
        negative = await refusal(charges(chat, page_size=-1))

    assert refused.reason == negative.reason == "INVALID_PAGE"


@pytest.mark.asvs("2.4.1")
async def test_who_asks_too_often_is_told_when_to_ask_again(serve: Serve):
    async with serve(rate_burst=2, rate_per_minute=1) as chat:
        parent = await chat.conversation()
        began = monotonic()
        first = chat.send(parent)
        await everything(first)
        await everything(chat.send(parent))
        found = (await usage(chat)).rate_limit

        call = chat.send(parent)
        refused = await refusal(call)
        took = monotonic() - began

    assert found == pb.RateLimit(burst=2, per_minute=1, remaining=0)
    assert headers(await first.initial_metadata()) == {
        "ratelimit-limit": "2",
        "ratelimit-remaining": "1",
        "ratelimit-reset": "60",
    }
    assert refused.reason == "RATE_LIMITED"
    assert refused.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.retry_seconds is not None
    assert 0 < refused.retry_seconds <= 60
    said = headers(await call.trailing_metadata())
    assert floor(120 - took) <= int(said.pop("ratelimit-reset")) <= 120
    assert said == {"ratelimit-limit": "2", "ratelimit-remaining": "0"}
    assert not await call.initial_metadata()


def headers(metadata: Any) -> dict[str, str]:
    """Return what is said of the rate limit."""
    return {key: value for key, value in metadata if key.startswith("ratelimit-")}


async def test_what_is_old_is_forgotten_and_what_is_not_is_kept(
    serve: Serve, chat_database: str
):
    now = datetime.now(UTC)
    async with serve() as chat:
        old, recent = now - timedelta(days=401), now - timedelta(days=399)
        over, month = now - timedelta(days=36), now - timedelta(days=34)
        with psycopg.connect(chat_database) as connection:
            for when in (old, recent):
                connection.execute(ADD, (chat.user, uuid4(), when))
            for when in (over, month):
                connection.execute(
                    "INSERT INTO usage_periods (user_id, period, start_date)"
                    " VALUES (%s, 'day', %s)",
                    (chat.user, when.date()),
                )
        async with Database.connect(chat_database) as database:
            store = PostgresUsage(database)
            forgotten = [await store.forget(), await store.forget()]
        (kept,) = (await charges(chat)).charges
        with psycopg.connect(chat_database) as connection:
            periods = connection.execute("SELECT start_date FROM usage_periods")
            days = [day for (day,) in periods]

    assert forgotten == [2, 0]
    assert kept.create_time.ToDatetime(UTC) == recent
    assert days == [month.date()]
