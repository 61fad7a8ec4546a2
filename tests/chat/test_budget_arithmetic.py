"""What tokens cost, how many a text has, and how long a reply may be."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chat.usage.budgets import Budgets
from services.chat.usage.model import (
    Limits,
    Price,
    Reservation,
    Used,
    bounds,
    day_of,
    seconds_left,
)

TODAY = date(2026, 3, 31)
MONEY = Limits(micros_per_day=1)
PRICES = {"dear": Price(3_000_000, 15_000_000), "cheap": Price(100, 700)}


def test_a_fraction_of_a_micro_counts_as_one():
    budgets = Budgets(Limits(), PRICES)

    assert budgets.cost("dear", Used(1, 1)) == 18
    assert budgets.cost("cheap", Used(1, 1)) == 1
    assert budgets.cost("cheap", Used(0, 0)) == 0
    assert budgets.cost("cheap", Used(10_000, 0)) == 1
    assert budgets.cost("cheap", Used(10_001, 0)) == 2


def test_a_model_without_a_price_costs_what_any_other_does_or_nothing():
    assert Budgets(Limits(), PRICES).cost("new", Used(1000, 1000)) == 0
    priced = Budgets(Limits(), PRICES | {"*": Price(1_000_000, 0)})
    assert priced.cost("new", Used(7, 9)) == 7


def test_an_answer_under_an_unpriced_name_costs_what_the_model_asked_for_does():
    budgets = Budgets(Limits(), PRICES | {"*": Price(1, 1), "": Price(0, 10**6)})
    used = Used(1_000_000, 0)

    assert budgets.cost("cheap-2026-10-21", used, asked="cheap") == 100
    assert budgets.cost("cheap", used, asked="dear") == 100
    assert budgets.cost("new-2026-10-21", used, asked="new") == 1
    assert budgets.cost("new-2026-10-21", Used(0, 3)) == 3


def test_for_a_model_that_is_not_known_yet_the_dearest_is_set_aside():
    budgets = Budgets(MONEY, PRICES)

    assert budgets.want("", input_tokens=10, output_tokens=10).micros == 180
    assert Budgets(MONEY, {}).want("", input_tokens=9, output_tokens=9).micros == 0


def test_a_reply_may_be_as_long_as_tokens_and_money_allow():
    budgets = Budgets(MONEY, PRICES)

    def allowed(tokens: int, micros: int) -> int | None:
        reserved = Reservation(tokens, micros, TODAY)
        return budgets.allowance(reserved, "dear", input_tokens=10)

    assert allowed(110, 10_000) == 100
    assert allowed(110, 30 + 15 * 7) == 7
    assert allowed(110, 30 + 15 * 7 - 1) == 6
    assert allowed(5, 0) == 0
    assert allowed(0, 0) is None


def test_tokens_alone_count_where_money_is_not_limited():
    budgets = Budgets(Limits(tokens_per_day=1), PRICES)

    assert budgets.allowance(Reservation(110, 0, TODAY), "dear", input_tokens=10) == 100


@given(
    price=st.builds(Price, st.integers(0, 10**8), st.integers(0, 10**8)),
    read=st.integers(0, 10**6),
    written=st.integers(1, 10**6),
    share=st.floats(0, 1),
)
def test_what_is_allowed_never_costs_more_than_was_set_aside(
    price: Price, read: int, written: int, share: float
):
    budgets = Budgets(MONEY, {"any": price})
    want = budgets.want("any", input_tokens=read, output_tokens=written)
    least, most = want.least_micros, want.micros
    granted = Reservation(want.tokens, least + int((most - least) * share), TODAY)

    allowed = budgets.allowance(granted, "any", input_tokens=read)

    assert allowed is not None
    assert 1 <= allowed <= written
    assert budgets.cost("any", Used(read, allowed)) <= granted.micros
    if allowed < written:
        assert budgets.cost("any", Used(read, allowed + 1)) > granted.micros


@pytest.mark.parametrize(
    ("day", "next_day", "month", "next_month"),
    [
        ("2026-03-31", "2026-04-01", "2026-03-01", "2026-04-01"),
        ("2026-12-31", "2027-01-01", "2026-12-01", "2027-01-01"),
        ("2028-02-29", "2028-03-01", "2028-02-01", "2028-03-01"),
        ("2026-01-01", "2026-01-02", "2026-01-01", "2026-02-01"),
    ],
)
def test_a_day_lies_in_its_day_and_its_month(
    day: str, next_day: str, month: str, next_month: str
):
    parsed = date.fromisoformat(day)

    assert bounds("day", parsed) == (parsed, date.fromisoformat(next_day))
    assert bounds("month", parsed) == (
        date.fromisoformat(month),
        date.fromisoformat(next_month),
    )


def test_days_are_those_of_utc():
    tokyo = timezone(timedelta(hours=9))
    morning = datetime(2026, 4, 1, 8, tzinfo=tokyo)

    assert day_of(morning) == TODAY
    assert seconds_left("day", morning) == seconds_left("month", morning) == 3600
    assert seconds_left("month", datetime(2026, 3, 30, tzinfo=UTC)) == 2 * 86400
