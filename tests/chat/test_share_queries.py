"""The queries of links use their indexes, and touch one partition."""

import json
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest

from services.chat.shares import store
from services.chat.shares.model import MAX_BYTES, MAX_MESSAGES, token_hash

USER = UUID(int=7)
ID = UUID(int=8)
VALUES = {
    "user_id": USER,
    "id": ID,
    "conversation": ID,
    "current": None,
    "after": store.LAST_ID,
    "limit": 51,
    "title": "",
    "token": "",
    "token_hash": token_hash("guess"),
    "signed_in_only": False,
    "expire_time": None,
    "max_messages": MAX_MESSAGES,
    "max_bytes": MAX_BYTES,
}

# 100 users with 60 conversations of a message and a link each.
FILL: LiteralString = """
    CREATE TEMPORARY TABLE seeds AS
    SELECT lpad(to_hex(u), 32, '0')::uuid AS user_id, gen_random_uuid() AS id
    FROM generate_series(1, 100) u, generate_series(1, 60);
    INSERT INTO conversations (user_id, id, title, create_time, update_time)
    SELECT user_id, id, '', now(), now() FROM seeds;
    INSERT INTO messages (user_id, conversation_id, id, role, text, state, model, seq,
        create_time, end_time)
    SELECT user_id, id, id, 'user', 'Hi', 'completed', '', 1, now(), now() FROM seeds;
    INSERT INTO shares (user_id, id, conversation_id, title, token, signed_in_only,
        messages, truncated, create_time, expire_time)
    SELECT user_id, id, id, '', '', false, '[]', false, now(),
        now() + interval '1 day' FROM seeds;
    INSERT INTO share_tokens (token_hash, user_id, share_id)
    SELECT sha256(id::text::bytea), user_id, id FROM seeds;
    ANALYZE conversations, messages, shares, share_tokens;
"""


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
        store.SOURCE,
        store.COUNT,
        store.CREATE,
        store.GET,
        store.PAGE,
        store.DELETE,
        store.OWNER,
        store.SHOW,
    ],
)
def test_a_query_reads_one_partition_by_its_index(read: Any, query: LiteralString):
    found = read(query)

    assert found
    assert {scan["Node Type"] for scan in found} <= {
        "Index Scan",
        "Index Only Scan",
        "Bitmap Heap Scan",
    }
    partitions = {scan["Relation Name"].rpartition("_")[2] for scan in found}
    assert len(partitions) == 1
