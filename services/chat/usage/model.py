"""What budgets, rates and charges are."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID

from services.kit.errors import Kind, ServiceError

MILLION = 1_000_000
ANY_MODEL = "*"
DEFAULT_MODEL = ""  # the one that answers when none is named

Period = Literal["day", "month"]


class BudgetExhausted(ServiceError):
    """You have used up your budget. It is filled again when the next period begins."""

    kind = Kind.EXHAUSTED
    reason = "BUDGET_EXHAUSTED"


class HoldNotFound(ServiceError):
    """There is no such hold. It may have been settled."""

    kind = Kind.NOT_FOUND
    reason = "HOLD_NOT_FOUND"


class RateLimited(ServiceError):
    """You ask too often. Try again in a moment."""

    kind = Kind.EXHAUSTED
    reason = "RATE_LIMITED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What every user may use in a period; None is no limit."""

    tokens_per_day: int | None = None
    tokens_per_month: int | None = None
    micros_per_day: int | None = None
    micros_per_month: int | None = None

    @property
    def unlimited(self) -> bool:
        """Tell whether there is no limit at all."""
        return self == Limits()

    def tokens(self, period: Period) -> int | None:
        """Return how many tokens may be used in a period."""
        return self.tokens_per_day if period == "day" else self.tokens_per_month

    def micros(self, period: Period) -> int | None:
        """Return how much money may be used in a period."""
        return self.micros_per_day if period == "day" else self.micros_per_month


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, in micro-USD."""

    input: int
    output: int


Prices = Mapping[
    str, Price
]  # by model; `*` is any other; what is missing costs nothing


@dataclass(frozen=True, slots=True)
class Reservation:
    """
    What is set aside for a reply, out of the periods that a day (UTC) lies in.

    Nothing is, if there is no limit.
    """

    tokens: int
    micros: int
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What a reply may come to use, and what it uses at the very least."""

    tokens: int
    micros: int
    least_tokens: int
    least_micros: int


@dataclass(frozen=True, slots=True)
class Used:
    """What a reply used; estimated if the provider did not count."""

    input_tokens: int
    output_tokens: int
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """What is used, and set aside, in one period."""

    used_tokens: int = 0
    used_micros: int = 0
    reserved_tokens: int = 0
    reserved_micros: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What is set aside for what another service does, and how far that is."""

    model: str  # empty for the default
    input_tokens: int
    output_tokens: int
    reserved_tokens: int
    reserved_micros: int
    reserved_date: date
    expire_time: datetime

    @property
    def reserved(self) -> Reservation:
        """What is set aside in all."""
        return Reservation(
            self.reserved_tokens, self.reserved_micros, self.reserved_date
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one reply cost, or one hold. It has the ID of that."""

    id: UUID
    conversation_id: UUID | None  # None for a hold
    model: str
    input_tokens: int
    output_tokens: int
    cost_micros: int
    estimated: bool
    create_time: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """How much of a rate limit is left; a limit of 0 is none."""

    limit: int = 0
    remaining: int = 0
    reset_seconds: float = 0.0

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Say it as metadata, which the edge makes HTTP headers."""
        if not self.limit:
            return ()
        return (
            ("ratelimit-limit", str(self.limit)),
            ("ratelimit-remaining", str(self.remaining)),
            ("ratelimit-reset", str(math.ceil(self.reset_seconds))),
        )


def day_of(moment: datetime) -> date:
    """Return the day of a moment (UTC)."""
    return moment.astimezone(UTC).date()


def bounds(period: Period, day: date) -> tuple[date, date]:
    """Return when a period began that a day lies in, and when the next begins."""
    if period == "day":
        return day, day + timedelta(days=1)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def starts(day: date) -> dict[str, date]:
    """Name the periods that a day lies in by when they began."""
    return {"day": bounds("day", day)[0], "month": bounds("month", day)[0]}


def midnight(day: date) -> datetime:
    """Return the moment when a day begins (UTC)."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def seconds_left(period: Period, now: datetime) -> float:
    """Return how long it is until the next period."""
    _, end = bounds(period, day_of(now))
    return (midnight(end) - now).total_seconds()
