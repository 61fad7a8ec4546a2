"""The meter, where chat is slow, away, or comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from services.kit.caller import CALLER, Caller
from services.llm.metering import meter as module
from services.llm.metering.meter import Meter
from services.llm.metering.model import (
    BudgetExhausted,
    BudgetsUnavailable,
    HoldEnded,
    Use,
)

FAILS = BudgetsUnavailable(part="chat")


class Books:
    """Whoever keeps budgets, as far as a meter sees."""

    def __init__(self) -> None:
        self.allowed: int | None = None
        self.creating: list[Exception] = []
        self.extending: list[Exception | int] = []
        self.settling: list[Exception] = []
        self.settled: list[Use] = []
        self.told: list[int] = []

    async def create(
        self, user_id: UUID, id: UUID, use: Use, wanted: int
    ) -> int | None:
        if self.creating:
            raise self.creating.pop(0)
        return self.allowed

    async def extend(
        self, user_id: UUID, id: UUID, use: Use, wanted: int
    ) -> int | None:
        self.told.append(use.output_tokens)
        answer = self.extending.pop(0) if self.extending else self.allowed
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def settle(self, user_id: UUID, id: UUID, use: Use) -> None:
        if self.settling:
            raise self.settling.pop(0)
        self.settled.append(use)


@pytest.fixture(autouse=True)
def caller(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody who calls for themselves, and a meter that hurries."""
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.0)
    token = CALLER.set(Caller(user_id=uuid4(), token="", expire_time=time.time() + 60))
    yield
    CALLER.reset(token)


async def test_what_may_be_held_although_nobody_said_so_is_settled():
    books = Books()
    books.creating = [FAILS]
    async with Meter.open(books) as meter:
        with pytest.raises(BudgetsUnavailable):
            async with meter.metered("m", input_tokens=5):
                pytest.fail("nothing was held")

    assert books.settled == [Use("", 0)]


async def test_who_is_refused_has_nothing_to_settle():
    books = Books()
    books.creating = [BudgetExhausted(period="day")]
    async with Meter.open(books) as meter:
        with pytest.raises(BudgetExhausted):
            async with meter.metered("m", input_tokens=5):
                pytest.fail("nothing was held")

    assert books.settled == []


async def test_an_answer_waits_for_chat_to_come_back_and_goes_on():
    books = Books()
    books.allowed, books.extending = 10, [FAILS, FAILS, 2_000]
    async with Meter.open(books) as meter, meter.metered("m", input_tokens=5) as held:
        assert held
        allowed = [await held.write(tokens) for tokens in (10, 15)]

    assert allowed == [10, 15]
    assert books.told == [10, 10, 10]


async def test_an_answer_that_waits_for_too_long_ends(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PATIENCE_SECONDS", -1.0)
    books = Books()
    books.allowed, books.extending = 10, [FAILS]
    async with Meter.open(books) as meter, meter.metered("m", input_tokens=5) as held:
        assert held
        with pytest.raises(BudgetsUnavailable):
            await held.write(11)

    assert books.settled == [Use("", 0)]


@pytest.mark.parametrize("ended", [HoldEnded(), BudgetExhausted(period="day")])
async def test_where_nothing_more_is_held_the_rest_may_still_be_written(
    ended: Exception,
):
    books = Books()
    books.allowed, books.extending = 10, [ended]
    async with Meter.open(books) as meter, meter.metered("m", input_tokens=5) as held:
        assert held
        allowed = [await held.write(7), await held.write(7)]

    assert allowed == [7, 3]
    assert books.settled == [Use("m", 5, 10, answered=True)]


async def test_what_is_read_beyond_what_was_foreseen_leaves_less_to_write():
    books = Books()
    books.allowed, books.extending = 10, [BudgetExhausted(period="day")]
    async with Meter.open(books) as meter, meter.metered("m", input_tokens=5) as held:
        assert held
        held.use.input_tokens = 11

        assert await held.write(5) == 4


async def test_how_far_an_answer_is_is_told_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
):
    books = Books()
    async with Meter.open(books) as meter, meter.metered("m", input_tokens=5) as held:
        assert held
        await held.write(3)
        monkeypatch.setattr(module, "TELL_SECONDS", 0.0)
        books.extending = [FAILS]
        await held.write(4)  # in vain, which does no harm
        await held.go_on()

    assert books.told == [3, 7]


async def test_what_is_used_is_told_as_soon_as_chat_is_back():
    books = Books()
    books.settling = [FAILS, FAILS]
    async with Meter.open(books) as meter, meter.metered("m", input_tokens=5) as held:
        assert held
        await held.write(3)

    assert books.settled == [Use("m", 5, 3, answered=True)]


async def test_a_call_that_is_cancelled_is_settled_all_the_same():
    books, begun = Books(), asyncio.Event()

    async def call(meter: Meter) -> None:
        async with meter.metered("m", input_tokens=5) as held:
            assert held
            await held.write(3)
            begun.set()
            await asyncio.Event().wait()

    async with Meter.open(books) as meter:
        task = asyncio.create_task(call(meter))
        await begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert books.settled == [Use("m", 5, 3, answered=True)]


async def test_nobody_is_metered_where_nobody_keeps_budgets():
    async with Meter.open(None) as meter, meter.metered("m", input_tokens=5) as held:
        assert held is None
