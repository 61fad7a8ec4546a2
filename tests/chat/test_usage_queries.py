"""The queries of usage use their indexes, and touch one partition."""

import json
from datetime import UTC, date, datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest

from services.chat.usage import charge_store, store
from services.chat.usage.model import starts

USER = UUID(int=7)
VALUES: dict[str, Any] = {
    "user_id": USER,
    **starts(date(2026, 3, 31)),
    **dict.fromkeys(["month_tokens", "month_micros", "day_micros"]),
    "day_tokens": 1000,
    **dict.fromkeys(["tokens", "micros", "least_tokens", "least_micros"], 1),
    **dict.fromkeys(["input_tokens", "output_tokens", "used", "cost"], 1),
    **dict.fromkeys(["reserved_tokens", "reserved_micros"], 1),
    "id": UUID(int=8),
    "conversation": UUID(int=9),
    "model": "any",
    "estimated": False,
    "time": datetime(2026, 3, 31, tzinfo=UTC),
    "after": UUID(int=8),
    "limit": 51,
}

# 200 users with 100 days and 100 charges each, none of them old.
FILL: LiteralString = """
    INSERT INTO usage_periods (user_id, period, start_date)
    SELECT lpad(to_hex(u), 32, '0')::uuid, period, current_date - 30 + d
    FROM generate_series(1, 200) u, generate_series(1, 100) d,
        (VALUES ('day'), ('month')) AS p (period);
    INSERT INTO charges (user_id, id, conversation_id, model, input_tokens,
        output_tokens, cost_micros, estimated, create_time)
    SELECT lpad(to_hex(u), 32, '0')::uuid, gen_random_uuid(), gen_random_uuid(), 'any',
        1, 1, 1, false, now() - n * interval '1 hour'
    FROM generate_series(1, 200) u, generate_series(1, 100) n;
    ANALYZE usage_periods, charges;
"""

INDEXED = {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}


def scans(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a plan reads."""
    found = [plan] if "Relation Name" in plan and "Scan" in plan["Node Type"] else []
    return found + [scan for child in plan.get("Plans", ()) for scan in scans(child)]


@pytest.fixture
def read(chat_database: str) -> Any:
    """Return the scans of a query over full tables."""
    with psycopg.connect(chat_database) as connection:
        connection.execute(FILL)

        def explain(query: LiteralString) -> list[dict[str, Any]]:
            explained = "EXPLAIN (FORMAT JSON) " + query
            found = connection.execute(explained, VALUES).fetchone()
            assert found
            plan = found[0] if isinstance(found[0], list) else json.loads(found[0])
            return scans(plan[0]["Plan"])

        yield explain


@pytest.mark.parametrize(
    "query",
    [
        store.RESERVE,
        charge_store.SPENT,
        charge_store.PAGE,
        charge_store.FIRST_PAGE,
    ],
)
def test_a_query_reads_one_partition_by_its_index(read: Any, query: LiteralString):
    found = read(query)

    assert found
    assert {scan["Node Type"] for scan in found} <= INDEXED
    assert len({scan["Relation Name"] for scan in found}) == 1


@pytest.mark.parametrize("query", [store.OPEN, store.SETTLE])
def test_what_is_only_written_reads_nothing(read: Any, query: LiteralString):
    assert read(query) == []


@pytest.mark.parametrize(
    "query", [charge_store.FORGET_CHARGES, charge_store.FORGET_PERIODS]
)
def test_what_is_old_is_found_by_its_time(read: Any, query: LiteralString):
    found = read(query)

    assert found
    assert {scan["Node Type"] for scan in found} <= INDEXED
