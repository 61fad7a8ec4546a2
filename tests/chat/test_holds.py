"""HoldService: budgets for what llm does for a user, over a real Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import grpc
import psycopg
import pytest

from parley.chat.v1 import hold_service_pb2 as pb
from parley.chat.v1 import hold_service_pb2_grpc as pb_grpc
from parley.chat.v1 import usage_service_pb2 as usage_pb
from parley.chat.v1 import usage_service_pb2_grpc as usage_grpc
from services.chat.usage.budgets import Budgets
from services.chat.usage.hold_store import PostgresHolds
from services.chat.usage.model import Limits, Price
from services.kit.delegation import Delegation
from services.kit.postgres import Database
from tests.calls import refusal
from tests.identity import LLM, Identity, bearing
from tests.serving import channel_to, chat_serving

PRICES = '{"small": [1000000, 2000000], "*": [0, 0]}'  # a token: 1 and 2 micro-USD
Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Books:
    """chat, as llm reaches it on behalf of a user."""

    user: UUID
    channel: grpc.aio.Channel
    llm: Metadata
    me: Metadata

    @property
    def stub(self) -> pb_grpc.HoldServiceAsyncStub:
        return pb_grpc.HoldServiceStub(self.channel)

    def name(self) -> str:
        return f"users/{self.user}/holds/{uuid4()}"

    async def create(self, name: str, *, read: int = 100, wanted: int = 0) -> pb.Hold:
        request = pb.CreateHoldRequest(
            hold=pb.Hold(name=name, model="small", input_tokens=read),
            wanted_output_tokens=wanted,
        )
        return (await self.stub.CreateHold(request, metadata=self.llm)).hold

    async def extend(
        self, name: str, *, read: int = 100, written: int = 0, wanted: int = 0
    ) -> pb.Hold:
        hold = pb.Hold(name=name, input_tokens=read, output_tokens=written)
        request = pb.ExtendHoldRequest(hold=hold, wanted_output_tokens=wanted)
        return (await self.stub.ExtendHold(request, metadata=self.llm)).hold

    async def settle(self, name: str, *, read: int = 100, written: int = 0) -> None:
        hold = pb.Hold(
            name=name, model="small", input_tokens=read, output_tokens=written
        )
        request = pb.SettleHoldRequest(hold=hold)
        await self.stub.SettleHold(request, metadata=self.llm)

    @property
    def usage(self) -> usage_grpc.UsageServiceAsyncStub:
        return usage_grpc.UsageServiceStub(self.channel)

    async def day(self) -> usage_pb.Budget:
        request = usage_pb.GetUsageRequest(name=f"users/{self.user}/usage")
        day, _ = (await self.usage.GetUsage(request, metadata=self.me)).usage.budgets
        return day

    async def charges(self) -> list[usage_pb.Charge]:
        request = usage_pb.ListChargesRequest(parent=f"users/{self.user}")
        return list((await self.usage.ListCharges(request, metadata=self.me)).charges)


Serve = Callable[..., AbstractAsyncContextManager[Books]]


@pytest.fixture
def serve(chat_database: str, redis_url: str, identity: Identity) -> Serve:
    """Serve chat with settings of the test's own."""

    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[Books]:
        user = uuid4()
        async with (
            chat_serving(
                chat_database, "none:0", identity, redis_url=redis_url, **settings
            ) as address,
            channel_to(address) as channel,
        ):
            yield Books(
                user,
                channel,
                bearing(Delegation(identity.llm_key, LLM).token(user)),
                bearing(identity.token(user)),
            )

    return start


async def test_what_is_held_is_set_aside_and_what_was_used_is_charged(serve: Serve):
    async with serve(prices=PRICES, budget_tokens_per_day=5_000) as books:
        name = books.name()
        hold = await books.create(name)
        during = await books.day()
        await books.settle(name, read=120, written=30)
        after = await books.day()
        (charge,) = await books.charges()

    assert hold.allowed_output_tokens == 1_000
    assert during.tokens == usage_pb.Budget.Amount(limit=5_000, reserved=1_100)
    assert after.tokens == usage_pb.Budget.Amount(limit=5_000, used=150)
    assert after.cost_micros.used == 120 + 2 * 30
    assert charge.name == name.replace("holds", "charges")
    assert (charge.message, charge.model) == ("", "small")
    assert (charge.input_tokens, charge.output_tokens) == (120, 30)
    assert (charge.cost_micros, charge.estimated) == (180, False)


async def test_without_limits_nothing_is_set_aside_and_all_is_charged(serve: Serve):
    async with serve(prices=PRICES) as books:
        name = books.name()
        hold = await books.create(name)
        extended = await books.extend(name, written=5_000, wanted=50_000)
        during = await books.day()
        await books.settle(name, written=7)
        after = await books.day()

    assert not hold.HasField("allowed_output_tokens")
    assert not extended.HasField("allowed_output_tokens")
    assert during.tokens.reserved == 0
    assert after.tokens.used == 107


async def test_more_is_set_aside_as_it_goes_on_until_there_is_no_more(serve: Serve):
    async with serve(budget_tokens_per_day=3_000) as books:
        name = books.name()
        first = await books.create(name, wanted=10)
        there = await books.extend(name, written=5, wanted=10)
        more = await books.extend(name, written=10, wanted=20)
        last = await books.extend(name, written=1_020, wanted=9_000)
        refused = await refusal(books.extend(name, written=2_900, wanted=2_901))
        await books.settle(name, written=2_900)
        day = await books.day()

    allowed = [each.allowed_output_tokens for each in (first, there, more, last)]
    assert allowed == [10, 10, 1_020, 2_900]
    assert refused.reason == "BUDGET_EXHAUSTED"
    assert refused.metadata == {"period": "day"}
    assert (day.tokens.used, day.tokens.reserved) == (3_000, 0)


async def test_what_reads_more_than_was_foreseen_may_write_less(serve: Serve):
    async with serve(budget_tokens_per_day=2_000) as books:
        name = books.name()
        await books.create(name, read=100)
        hold = await books.extend(name, read=1_500, wanted=1_000)

    assert hold.allowed_output_tokens == 500


async def test_who_has_no_budget_left_is_refused_and_nothing_is_held(serve: Serve):
    async with serve(budget_tokens_per_day=100) as books:
        refused = await refusal(books.create(books.name(), read=100))
        day = await books.day()

    assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.reason == "BUDGET_EXHAUSTED"
    assert refused.retry_seconds is not None
    assert day.tokens.reserved == 0


async def test_fifty_holds_at_once_are_let_in_exactly_as_far_as_the_budget_goes(
    serve: Serve,
):
    async with serve(budget_tokens_per_day=1_000, rate_burst=0) as books:
        outcomes = await asyncio.gather(
            *(books.create(books.name(), read=99, wanted=1) for _ in range(50)),
            return_exceptions=True,
        )
        day = await books.day()

    held = [each for each in outcomes if isinstance(each, pb.Hold)]
    assert len(held) == 10
    assert day.tokens.reserved == 1_000


async def test_creating_a_hold_again_sets_nothing_more_aside(serve: Serve):
    async with serve(budget_tokens_per_day=5_000) as books:
        name = books.name()
        first, again = await books.create(name), await books.create(name)
        day = await books.day()

    assert first == again
    assert day.tokens.reserved == 1_100


async def test_a_hold_is_charged_once_however_often_it_is_settled(serve: Serve):
    async with serve(budget_tokens_per_day=5_000) as books:
        name = books.name()
        await books.create(name)
        await asyncio.gather(*(books.settle(name, written=50) for _ in range(5)))
        late = await refusal(books.extend(name, written=60))
        day, charges = await books.day(), await books.charges()

    assert len(charges) == 1
    assert (day.tokens.used, day.tokens.reserved) == (150, 0)
    assert late.reason == "HOLD_NOT_FOUND"
    assert late.metadata == {"hold": name}


async def test_what_came_to_nothing_is_released_and_not_charged(serve: Serve):
    async with serve(budget_tokens_per_day=5_000) as books:
        name, other = books.name(), books.name()
        await books.create(name)
        await books.create(other)
        await books.settle(name, read=0)
        day = await books.day()

        assert await books.charges() == []
    assert (day.tokens.used, day.tokens.reserved) == (0, 1_100)


async def test_a_hold_that_nobody_settles_is_charged_as_far_as_it_was_told(
    serve: Serve, chat_database: str
):
    limits = Limits(tokens_per_day=5_000)
    async with serve(prices=PRICES, budget_tokens_per_day=5_000) as books:
        lost, living = books.name(), books.name()
        for name in (lost, living):
            await books.create(name)
        await books.extend(lost, read=110, written=40)
        async with Database.connect(chat_database) as database:
            holds = PostgresHolds(database, Budgets(limits, {"small": Price(10, 10)}))
            early = await holds.settle_expired()
            with psycopg.connect(chat_database) as connection:
                connection.execute(
                    "UPDATE holds SET expire_time = now() - interval '1 second'"
                    " WHERE id = %s",
                    (lost.rpartition("/")[2],),
                )
            settled = await holds.settle_expired()
            again = await holds.settle_expired()
        await books.settle(lost, written=999)  # too late: it changes nothing
        day, (charge,) = await books.day(), await books.charges()

    assert (early, settled, again) == (0, 1, 0)
    assert (charge.input_tokens, charge.output_tokens) == (110, 40)
    assert charge.estimated
    assert (day.tokens.used, day.tokens.reserved) == (150, 1_100)


async def test_a_user_holds_and_settles_nothing_themselves(serve: Serve):
    async with serve() as books:
        hold = pb.Hold(name=books.name(), input_tokens=1)
        for call in (
            books.stub.CreateHold(pb.CreateHoldRequest(hold=hold), metadata=books.me),
            books.stub.ExtendHold(pb.ExtendHoldRequest(hold=hold), metadata=books.me),
            books.stub.SettleHold(pb.SettleHoldRequest(hold=hold), metadata=books.me),
        ):
            assert (await refusal(call)).reason == "FORBIDDEN"


async def test_nothing_is_held_for_another_user_than_the_token_speaks_for(serve: Serve):
    async with serve() as books:
        other = f"users/{uuid4()}/holds/{uuid4()}"

        assert (await refusal(books.create(other))).reason == "FORBIDDEN"


@pytest.mark.parametrize("read", [-1, 1_000_000_001])
async def test_a_number_of_tokens_that_is_none_is_refused(serve: Serve, read: int):
    async with serve() as books:
        refused = await refusal(books.create(books.name(), read=read))

    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "input_tokens"


async def test_a_name_that_is_none_is_refused(serve: Serve):
    async with serve() as books:
        assert (await refusal(books.create("holds/1"))).reason == "INVALID_NAME"


async def test_what_llm_does_counts_for_the_rate_of_asking(serve: Serve):
    async with serve(rate_burst=1, rate_per_minute=1) as books:
        await books.create(books.name())
        refused = await refusal(books.create(books.name()))

    assert refused.reason == "RATE_LIMITED"
    assert refused.retry_seconds is not None
