"""Whatever replies do, in whatever order, the sums add up and no limit is passed."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from services.chat.names import ConversationName, MessageName
from services.chat.usage.budgets import Budgets
from services.chat.usage.charge_store import FIRST_PAGE
from services.chat.usage.model import (
    BudgetExhausted,
    Limits,
    Period,
    Price,
    Reservation,
    Used,
    bounds,
)
from services.chat.usage.store import extend, reserve, settle

FIRST = datetime(2026, 1, 25, 8, tzinfo=UTC)
PRICES = {"dear": Price(3_000_000, 15_000_000), "*": Price(100, 700)}
PERIODS: tuple[Period, Period] = ("day", "month")
Sums = dict[tuple[Period, date], tuple[int, int, int, int]]

ROWS = """
    SELECT period, start_date, used_tokens, used_micros, reserved_tokens,
        reserved_micros
    FROM usage_periods WHERE user_id = %s
"""

limits = st.builds(
    Limits,
    tokens_per_day=st.none() | st.integers(1, 2000),
    tokens_per_month=st.none() | st.integers(1, 5000),
    micros_per_day=st.none() | st.integers(1, 20_000),
    micros_per_month=st.none() | st.integers(1, 50_000),
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["begin", "begin", "go on", "end", "end again", "next day"]),
        st.integers(1, 300),
        st.integers(0, 500),
        st.sampled_from(["dear", "cheap"]),
    ),
    max_size=30,
)


@dataclass
class Reply:
    """A reply, as the test knows it."""

    name: MessageName
    model: str
    input_tokens: int
    reserved: Reservation
    used: Used | None = None


@dataclass
class Books:
    """One user's replies, and the sums that they should lead to."""

    connection: AsyncConnection
    limits: Limits
    to: ConversationName
    now: datetime = FIRST
    replies: list[Reply] = field(default_factory=list)

    @property
    def budgets(self) -> Budgets:
        return Budgets(self.limits, PRICES)

    @property
    def open(self) -> list[Reply]:
        return [reply for reply in self.replies if reply.used is None]

    async def begin(self, input_tokens: int, output_tokens: int, model: str) -> None:
        want = self.budgets.want(
            model, input_tokens=input_tokens, output_tokens=output_tokens + 1
        )
        reserved = await reserve(
            self.connection, self.to.user_id, want, limits=self.limits, now=self.now
        )
        name = MessageName(self.to, uuid4())
        self.replies.append(Reply(name, model, input_tokens, reserved))

    async def go_on(self, reply: Reply, output_tokens: int) -> None:
        more = await extend(
            self.connection,
            self.to.user_id,
            self.budgets.more(reply.model, output_tokens + 1),
            limits=self.limits,
            day=reply.reserved.date,
        )
        reply.reserved = replace(
            reply.reserved,
            tokens=reply.reserved.tokens + more.tokens,
            micros=reply.reserved.micros + more.micros,
        )

    async def end(self, reply: Reply, output_tokens: int) -> None:
        allowed = self.budgets.allowance(
            reply.reserved, reply.model, input_tokens=reply.input_tokens
        )
        if allowed is not None:
            assert allowed >= 1
            output_tokens = min(allowed, output_tokens)
        reply.used = reply.used or Used(reply.input_tokens, output_tokens)
        await settle(
            self.connection,
            reply.name,
            reply.used,
            model=reply.model,
            cost=self.cost(reply),
            reserved=reply.reserved,
        )

    async def step(self, what: str, number: int, tokens: int, model: str) -> None:
        if what == "next day":
            self.now += timedelta(days=1 + number % 3)
        elif what == "begin":
            await self.begin(number, tokens, model)
        elif what == "end again":
            if ended := [reply for reply in self.replies if reply.used]:
                await self.end(ended[number % len(ended)], tokens)
        elif self.open:
            reply = self.open[number % len(self.open)]
            await (self.go_on if what == "go on" else self.end)(reply, tokens)

    def cost(self, reply: Reply) -> int:
        return self.budgets.cost(reply.model, reply.used) if reply.used else 0

    def expected(self) -> Sums:
        sums: dict[tuple[Period, date], Counter[int]] = defaultdict(Counter)
        for reply in self.replies:
            used, kept = reply.used, reply.reserved
            amounts = (
                (used.input_tokens + used.output_tokens, self.cost(reply), 0, 0)
                if used
                else (0, 0, kept.tokens, kept.micros)
            )
            for period in PERIODS:
                start, _ = bounds(period, kept.date)
                sums[period, start].update(dict(enumerate(amounts)))
        rows = {key: (sum[0], sum[1], sum[2], sum[3]) for key, sum in sums.items()}
        return {key: row for key, row in rows.items() if any(row)}

    async def stored(self) -> Sums:
        rows = await (await self.connection.execute(ROWS, [self.to.user_id])).fetchall()
        return {(row[0], row[1]): row[2:] for row in rows if any(row[2:])}

    async def check(self) -> None:
        stored = await self.stored()
        assert stored == self.expected()
        for (period, _), (used, cost, tokens, micros) in stored.items():
            most = self.limits.tokens(period)
            assert most is None or used + tokens <= most
            most = self.limits.micros(period)
            assert most is None or cost + micros <= most


@given(limits=limits, steps=steps)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_sums_add_up_and_no_limit_is_passed(
    chat_database: str, limits: Limits, steps: list[tuple[str, int, int, str]]
):
    asyncio.run(play(chat_database, limits, steps))


async def play(
    url: str, limits: Limits, steps: list[tuple[str, int, int, str]]
) -> None:
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        books = Books(connection, limits, ConversationName(uuid4(), uuid4()))
        for step in steps:
            try:
                await books.step(*step)
            except BudgetExhausted:
                assert not limits.unlimited
            await books.check()
        values = {"user_id": books.to.user_id, "limit": 1000}
        charges = await (await connection.execute(FIRST_PAGE, values)).fetchall()
        assert len(charges) == len(books.replies) - len(books.open)
