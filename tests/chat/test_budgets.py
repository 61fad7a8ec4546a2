"""Budgets, over a real Postgres: what is set aside, and what is charged."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from services.chat.names import ConversationName, MessageName
from services.chat.usage.charge_store import PostgresUsage
from services.chat.usage.model import (
    BudgetExhausted,
    Limits,
    Period,
    Reservation,
    Spent,
    Used,
    Want,
)
from services.chat.usage.store import (
    RESERVE,
    reserve,
    reserve_values,
    reserved,
    settle,
)
from services.kit.postgres import Database

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
DAY = NOON.date()
NEXT_DAY = datetime(2026, 4, 1, 0, 1, tzinfo=UTC)
TEN = Limits(tokens_per_day=1000)
HUNDRED = Want(tokens=100, micros=0, least_tokens=100, least_micros=0)


class Books:
    """One user's budget, as replies use it: each call is a transaction."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self.database = database
        self.limits = limits
        self.conversation = ConversationName(uuid4(), uuid4())
        self.usage = PostgresUsage(database)

    @property
    def user(self) -> UUID:
        return self.conversation.user_id

    def reply(self) -> MessageName:
        return MessageName(self.conversation, uuid4())

    async def reserve(self, want: Want = HUNDRED, now: datetime = NOON) -> Reservation:
        async with self.database.transaction() as connection:
            return await reserve(
                connection, self.user, want, limits=self.limits, now=now
            )

    async def settle(
        self, name: MessageName, used: Used, set_aside: Reservation, *, cost: int = 0
    ) -> None:
        async with self.database.transaction() as connection:
            await settle(
                connection, name, used, model="any", cost=cost, reserved=set_aside
            )

    async def spent(self, period: Period = "day", on: date = DAY) -> Spent:
        return (await self.usage.spent(self.user, on))[period]


@pytest.fixture
async def database(chat_database: str) -> AsyncIterator[Database]:
    async with Database.connect(chat_database, pool_size=20, patient=True) as database:
        yield database


@pytest.fixture
def books(database: Database) -> Books:
    return Books(database, TEN)


@pytest.mark.asvs("2.3.2", "2.3.4")
async def test_fifty_replies_at_once_are_let_in_exactly_as_far_as_the_budget_goes(
    books: Books,
):
    outcomes = await asyncio.gather(
        *(books.reserve() for _ in range(50)), return_exceptions=True
    )

    granted = [each for each in outcomes if isinstance(each, Reservation)]
    refused = [each for each in outcomes if isinstance(each, BudgetExhausted)]
    assert (len(granted), len(refused)) == (10, 40)
    assert await books.spent() == Spent(reserved_tokens=1000)
    assert await books.spent("month") == Spent(reserved_tokens=1000)


async def test_one_who_wants_more_than_is_left_gets_what_is_left(books: Books):
    await books.reserve()

    got = await books.reserve(replace(HUNDRED, tokens=5000))

    assert got == Reservation(900, 0, DAY)
    with pytest.raises(BudgetExhausted) as caught:
        await books.reserve(replace(HUNDRED, least_tokens=1))
    assert caught.value.metadata == {"period": "day"}
    assert caught.value.retry_seconds == 12 * 3600


async def test_the_narrower_of_two_periods_counts_and_the_longer_is_named(
    database: Database,
):
    books = Books(database, Limits(tokens_per_day=100, tokens_per_month=150))
    assert (await books.reserve()).tokens == 100

    assert (await books.reserve(replace(HUNDRED, least_tokens=1), NEXT_DAY)).tokens
    earlier = NOON.replace(day=30)
    got = await books.reserve(replace(HUNDRED, least_tokens=1), earlier)

    assert got.tokens == 50
    with pytest.raises(BudgetExhausted) as caught:
        await books.reserve(now=earlier)
    assert caught.value.metadata == {"period": "month"}
    assert caught.value.retry_seconds == 36 * 3600


async def test_money_runs_out_as_tokens_do(database: Database):
    books = Books(database, Limits(micros_per_month=1000))
    want = Want(tokens=10, micros=600, least_tokens=1, least_micros=500)

    assert await books.reserve(want) == Reservation(10, 600, DAY)
    with pytest.raises(BudgetExhausted):
        await books.reserve(want)
    assert await books.spent("month") == Spent(reserved_tokens=10, reserved_micros=600)


async def test_without_limits_nothing_is_set_aside_and_use_is_counted_all_the_same(
    database: Database,
):
    books = Books(database, Limits())

    got = await books.reserve()
    await books.settle(books.reply(), Used(30, 40), got, cost=5)

    assert got == Reservation(0, 0, DAY)
    assert await books.spent() == Spent(used_tokens=70, used_micros=5)


async def test_without_limits_nothing_is_asked(books: Books):
    async with books.database.transaction() as connection:
        await connection.close()  # whoever asks now fails

        got = await reserve(connection, books.user, HUNDRED, limits=Limits(), now=NOON)

    assert got.tokens == 0


async def test_the_end_of_a_reply_releases_and_charges(books: Books):
    first, second = await books.reserve(), await books.reserve()
    await books.settle(books.reply(), Used(10, 20), first, cost=3)

    assert await books.spent() == Spent(30, 3, 100, 0)
    assert second == Reservation(100, 0, DAY)


async def test_a_reply_is_charged_once(books: Books):
    got, reply = await books.reserve(), books.reply()
    await books.reserve()

    for _ in range(2):
        await books.settle(reply, Used(10, 20), got, cost=3)
    together = (books.settle(reply, Used(10, 20), got, cost=3) for _ in range(10))
    await asyncio.gather(*together)

    assert await books.spent() == Spent(30, 3, 100, 0)
    assert len(await books.usage.charges(books.user, after=None, limit=10)) == 1


async def test_a_reply_is_charged_to_the_day_and_month_in_which_it_began(books: Books):
    got = await books.reserve()
    tomorrow = await books.reserve(now=NEXT_DAY)
    await books.settle(books.reply(), Used(10, 20), got)

    assert got.date == DAY
    assert await books.spent() == Spent(used_tokens=30)
    assert await books.spent("month") == Spent(used_tokens=30)
    for period in ("day", "month"):
        assert await books.spent(period, NEXT_DAY.date()) == Spent(reserved_tokens=100)
    await books.settle(books.reply(), Used(0, 0), tomorrow)
    assert await books.spent("month", NEXT_DAY.date()) == Spent()


@pytest.mark.asvs("2.3.3")
async def test_a_transaction_that_fails_sets_nothing_aside(books: Books):
    await books.reserve()

    with suppress(LookupError):
        async with books.database.transaction() as connection:
            await reserve(connection, books.user, HUNDRED, limits=TEN, now=NOON)
            raise LookupError

    assert await books.spent() == Spent(reserved_tokens=100)


async def test_what_a_pipeline_carried_is_read_after_it(books: Books):
    values = reserve_values(books.user, HUNDRED, limits=TEN, day=DAY)
    for expected in (100, 200):
        async with books.database.transaction() as connection:
            async with connection.pipeline():
                cursor = await connection.execute(RESERVE, values)
                await connection.execute("SELECT 1")
            got = await reserved(connection, cursor, values, now=NOON)

        assert got == Reservation(100, 0, DAY)
        assert await books.spent() == Spent(reserved_tokens=expected)


async def test_one_user_uses_up_nothing_of_anothers(books: Books):
    await books.reserve(replace(HUNDRED, tokens=1000))

    assert (await Books(books.database, TEN).reserve()).tokens == 100


async def test_the_limit_holds_at_every_moment_while_replies_come_and_go(
    books: Books,
):
    seen: list[int] = []
    done = asyncio.Event()

    async def reply(number: int) -> None:
        for _ in range(5):
            try:
                got = await books.reserve(
                    replace(HUNDRED, tokens=50 + number, least_tokens=1)
                )
            except BudgetExhausted:
                continue
            await books.settle(books.reply(), Used(1, number % 3), got)

    async def watch() -> None:
        while not done.is_set():
            now = await books.spent()
            seen.append(now.used_tokens + now.reserved_tokens)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(reply(number) for number in range(30)))
    done.set()
    await watching

    charges = await books.usage.charges(books.user, after=None, limit=1000)
    assert max(seen) <= 1000
    assert len(charges) > 10
    assert await books.spent() == Spent(
        used_tokens=sum(each.input_tokens + each.output_tokens for each in charges)
    )
