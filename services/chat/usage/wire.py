"""Usage as protobuf."""

from datetime import date
from uuid import UUID

from parley.chat.v1 import hold_service_pb2 as holds_pb
from parley.chat.v1 import usage_service_pb2 as pb
from services.chat.names import ConversationName, HoldName, MessageName
from services.chat.usage.budgets import Budgets
from services.chat.usage.model import (
    Charge,
    Hold,
    Left,
    Limits,
    Period,
    Spent,
    bounds,
    midnight,
)
from services.kit.buckets import Size
from services.kit.names import InvalidName, parse_name
from services.kit.times import timestamp

PERIODS: dict[Period, "pb.Budget.Period.ValueType"] = {
    "day": pb.Budget.PERIOD_DAY,
    "month": pb.Budget.PERIOD_MONTH,
}


def parse_usage(name: str) -> UUID:
    """Read `users/{user}/usage`."""
    parent, _, singleton = name.rpartition("/")
    if singleton != "usage":
        raise InvalidName(name=name[:200], expected="users/*/usage")
    (user_id,) = parse_name(parent, "users")
    return user_id


def usage_name(user_id: UUID) -> str:
    """Name what a user has used."""
    return f"users/{user_id}/usage"


def to_budget(period: Period, day: date, *, spent: Spent, limits: Limits) -> pb.Budget:
    """Put one period on the wire."""
    start, end = bounds(period, day)
    return pb.Budget(
        period=PERIODS[period],
        start_time=timestamp(midnight(start)),
        end_time=timestamp(midnight(end)),
        tokens=pb.Budget.Amount(
            limit=limits.tokens(period),
            used=spent.used_tokens,
            reserved=spent.reserved_tokens,
        ),
        cost_micros=pb.Budget.Amount(
            limit=limits.micros(period),
            used=spent.used_micros,
            reserved=spent.reserved_micros,
        ),
    )


def to_rate_limit(size: Size, left: Left) -> pb.RateLimit:
    """Put a rate limit on the wire; nothing but zeros if there is none."""
    if not size.burst:
        return pb.RateLimit()
    return pb.RateLimit(
        burst=size.burst, per_minute=size.per_minute, remaining=left.remaining
    )


def to_charge(user_id: UUID, charge: Charge) -> pb.Charge:
    """Put a charge on the wire."""
    message = ""
    if charge.conversation_id:
        conversation = ConversationName(user_id, charge.conversation_id)
        message = str(MessageName(conversation, charge.id))
    return pb.Charge(
        name=f"users/{user_id}/charges/{charge.id}",
        message=message,
        model=charge.model,
        input_tokens=charge.input_tokens,
        output_tokens=charge.output_tokens,
        cost_micros=charge.cost_micros,
        estimated=charge.estimated,
        create_time=timestamp(charge.create_time),
    )


def to_hold(name: HoldName, hold: Hold, budgets: Budgets) -> holds_pb.Hold:
    """Put a hold on the wire."""
    return holds_pb.Hold(
        name=str(name),
        model=hold.model,
        input_tokens=hold.input_tokens,
        output_tokens=hold.output_tokens,
        allowed_output_tokens=budgets.allowance(
            hold.reserved, hold.model, input_tokens=hold.input_tokens
        ),
        expire_time=timestamp(hold.expire_time),
    )
