"""What one call uses, and why it may not go on."""

from dataclasses import dataclass

from services.kit.errors import Kind, ServiceError, Unavailable


class BudgetExhausted(ServiceError):
    """You have used up your budget. It is filled again when the next period begins."""

    kind = Kind.EXHAUSTED
    reason = "BUDGET_EXHAUSTED"


class RateLimited(ServiceError):
    """You ask too often. Try again in a moment."""

    kind = Kind.EXHAUSTED
    reason = "RATE_LIMITED"


class BudgetsUnavailable(Unavailable):
    """Whether your budget allows it cannot be found out now. Try again in a moment."""


class HoldEnded(Exception):
    """What was held is settled: it was not heard of for long, or the user is erased."""


@dataclass(slots=True)
class Use:
    """What a call has used so far; nothing is charged that was not `answered`."""

    model: str  # empty for the default
    input_tokens: int
    output_tokens: int = 0
    estimated: bool = True
    answered: bool = False
