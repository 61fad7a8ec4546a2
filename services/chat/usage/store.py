"""Budgets: what is set aside for replies, and what they are charged."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor

from services.chat.names import HoldName, MessageName
from services.chat.usage.model import (
    BudgetExhausted,
    Limits,
    Reservation,
    Used,
    Want,
    day_of,
    midnight,
    seconds_left,
    starts,
)

# Every transaction takes the month's row first, so that two never wait for each other.
#
# The locks are had before anything is compared, and then the rows are as the latest
# transaction left them. No row is returned until both are there.
RESERVE: LiteralString = """
    WITH open AS MATERIALIZED (
        SELECT
            l.period, l.start_date,
            l.tokens - p.used_tokens - p.reserved_tokens AS tokens,
            l.micros - p.used_micros - p.reserved_micros AS micros
        FROM (VALUES
            (
                'month', %(month)s::date,
                %(month_tokens)s::bigint, %(month_micros)s::bigint
            ), (
                'day', %(day)s::date,
                %(day_tokens)s::bigint, %(day_micros)s::bigint
            )
        ) AS l (period, start_date, tokens, micros)
        JOIN usage_periods p ON p.user_id = %(user_id)s
            AND p.period = l.period AND p.start_date = l.start_date
        ORDER BY l.period DESC FOR UPDATE OF p
    ), room AS MATERIALIZED (
        SELECT
            least(%(tokens)s, min(tokens)) AS tokens,
            least(%(micros)s, min(micros)) AS micros,
            max(period) FILTER (
                WHERE tokens < %(least_tokens)s OR micros < %(least_micros)s
            ) AS exhausted
        FROM open HAVING count(*) = 2
    ), taken AS (
        UPDATE usage_periods p SET
            reserved_tokens = p.reserved_tokens + room.tokens,
            reserved_micros = p.reserved_micros + room.micros
        FROM room, open
        WHERE room.exhausted IS NULL AND p.user_id = %(user_id)s
          AND p.period = open.period AND p.start_date = open.start_date
    )
    SELECT tokens, micros, exhausted FROM room
"""

OPEN: LiteralString = """
    INSERT INTO usage_periods (user_id, period, start_date)
    VALUES
        (%(user_id)s, 'month', %(month)s),
        (%(user_id)s, 'day', %(day)s)
    ON CONFLICT (user_id, period, start_date) DO NOTHING
"""

# A reply is charged once: another time finds its charge, and changes nothing. What is
# set aside never falls below nothing, even if an operator has deleted the row.
SETTLE: LiteralString = """
    WITH charge AS (
        INSERT INTO charges (
            user_id, id, conversation_id, model, input_tokens, output_tokens,
            cost_micros, estimated, create_time
        ) VALUES (
            %(user_id)s, %(id)s, %(conversation)s, %(model)s, %(input_tokens)s,
            %(output_tokens)s, %(cost)s, %(estimated)s, now()
        ) ON CONFLICT (user_id, id) DO NOTHING RETURNING user_id
    )
    INSERT INTO usage_periods AS p (
        user_id, period, start_date, used_tokens, used_micros
    )
    SELECT charge.user_id, period, start_date, %(used)s, %(cost)s
    FROM charge, (VALUES
        ('month', %(month)s::date), ('day', %(day)s::date)
    ) AS l (period, start_date)
    ORDER BY period DESC
    ON CONFLICT (user_id, period, start_date) DO UPDATE SET
        used_tokens = p.used_tokens + excluded.used_tokens,
        used_micros = p.used_micros + excluded.used_micros,
        reserved_tokens = greatest(0, p.reserved_tokens - %(reserved_tokens)s),
        reserved_micros = greatest(0, p.reserved_micros - %(reserved_micros)s)
"""


# What is set aside never falls below nothing here, either.
RELEASE: LiteralString = """
    UPDATE usage_periods p SET
        reserved_tokens = greatest(0, p.reserved_tokens - %(reserved_tokens)s),
        reserved_micros = greatest(0, p.reserved_micros - %(reserved_micros)s)
    FROM (
        SELECT p.period, p.start_date FROM usage_periods p, (VALUES
            ('month', %(month)s::date), ('day', %(day)s::date)
        ) AS l (period, start_date)
        WHERE p.user_id = %(user_id)s
          AND p.period = l.period AND p.start_date = l.start_date
        ORDER BY p.period DESC FOR UPDATE OF p
    ) AS held
    WHERE p.user_id = %(user_id)s
      AND p.period = held.period AND p.start_date = held.start_date
"""


def reserve_values(
    user_id: UUID, want: Want, *, limits: Limits, day: date
) -> dict[str, Any]:
    """Return the values for `RESERVE`."""
    return {
        "user_id": user_id,
        **starts(day),
        "day_tokens": limits.tokens_per_day,
        "day_micros": limits.micros_per_day,
        "month_tokens": limits.tokens_per_month,
        "month_micros": limits.micros_per_month,
        "tokens": want.tokens,
        "micros": want.micros,
        "least_tokens": want.least_tokens,
        "least_micros": want.least_micros,
    }


async def reserve(
    connection: AsyncConnection,
    user_id: UUID,
    want: Want,
    *,
    limits: Limits,
    now: datetime,
) -> Reservation:
    """
    Set aside what a reply may use, or what is left, or raise `BudgetExhausted`.

    Without limits nothing is set aside, and nothing asked. What is returned has to be
    stored with the reply by the same transaction, and given to `settle` at its end.
    """
    day = day_of(now)
    if limits.unlimited:
        return Reservation(0, 0, day)
    values = reserve_values(user_id, want, limits=limits, day=day)
    cursor = await connection.execute(RESERVE, values)
    return await reserved(connection, cursor, values, now=now)


async def extend(
    connection: AsyncConnection,
    user_id: UUID,
    want: Want,
    *,
    limits: Limits,
    day: date,
) -> Reservation:
    """
    Set more aside for a reply that goes on, or raise `BudgetExhausted`.

    `day` is its `Reservation.date`: all of it comes out of the periods in which the
    reply began, whatever the time is, and `settle` releases it there. Lock the reply
    first, and add to it what is returned.
    """
    return await reserve(connection, user_id, want, limits=limits, now=midnight(day))


async def reserved(
    connection: AsyncConnection,
    cursor: AsyncCursor[Any],
    values: Mapping[str, Any],
    *,
    now: datetime,
) -> Reservation:
    """Read what `RESERVE` set aside, after the pipeline that it was sent in."""
    found = await cursor.fetchone()
    if found is None:
        # The user's first reply of the day.
        await connection.execute(OPEN, values)
        found = await (await connection.execute(RESERVE, values)).fetchone()
    assert found, "the periods are open"
    tokens, micros, exhausted = found
    if exhausted:
        raise BudgetExhausted(
            period=exhausted, retry_seconds=seconds_left(exhausted, now)
        )
    return Reservation(tokens, micros, values["day"])


async def settle(
    connection: AsyncConnection,
    name: MessageName | HoldName,
    used: Used,
    *,
    model: str,
    cost: int,
    reserved: Reservation,
) -> None:
    """
    Charge a reply or a hold that has ended, and release what was set aside for it.

    Both in the periods in which it began. Call it in the transaction that ends the
    reply, if that one did; another time changes nothing.
    """
    within = name.conversation if isinstance(name, MessageName) else None
    values = {
        "user_id": (within or name).user_id,  # type: ignore[union-attr]  # a hold has it
        "conversation": within.id if within else None,
        "id": name.id,
        **starts(reserved.date),
        "model": model,
        "input_tokens": used.input_tokens,
        "output_tokens": used.output_tokens,
        "used": used.input_tokens + used.output_tokens,
        "cost": cost,
        "estimated": used.estimated,
        "reserved_tokens": reserved.tokens,
        "reserved_micros": reserved.micros,
    }
    await connection.execute(SETTLE, values)


async def release(
    connection: AsyncConnection, user_id: UUID, reserved: Reservation
) -> None:
    """Release what was set aside for something that used nothing."""
    values = {
        "user_id": user_id,
        **starts(reserved.date),
        "reserved_tokens": reserved.tokens,
        "reserved_micros": reserved.micros,
    }
    await connection.execute(RELEASE, values)
