"""
Statements that people wait for: each is about one user, and PostgreSQL sees that.

Whoever writes a statement that is called often adds a case. The tables hold enough for
the planner to choose: 200 users, one of whom says a quarter of everything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest

from deploy.local import postgres
from services.chat.search import store as search
from services.kit.migrate import migrate
from tests.conftest import address, copy, execute

USER = UUID("00000000-0000-7000-8000-00000000abcd")  # who says a quarter of everything
CONVERSATION = UUID(int=USER.int + 1)

SEED = """
    CREATE TEMP TABLE people AS
        SELECT CASE n WHEN 0 THEN %(user)s ELSE gen_random_uuid() END AS id, n
        FROM generate_series(0, 199) AS n;
    INSERT INTO conversations (user_id, id, title, create_time, update_time)
        SELECT id, CASE WHEN n = 0 AND c = 1 THEN %(conversation)s
            ELSE gen_random_uuid() END, 'Talk ' || c, now(), now() - c * interval '1 h'
        FROM people, generate_series(1, CASE n WHEN 0 THEN 200 ELSE 5 END) AS c;
    INSERT INTO messages (
        user_id, conversation_id, id, parent_id, role, text, state, model, seq,
        create_time, end_time
    )
        SELECT user_id, id, uuidv7(), gen_random_uuid(), 'user',
            'fox ' || m || ' ' || md5(m::text), 'completed', '', 0,
            now() - m * interval '1 min', now()
        FROM conversations, generate_series(1, 10) AS m;
    ANALYZE;
"""


@dataclass(frozen=True)
class Case:
    """A statement of a noun, its values, and the indexes that it needs, any of each."""

    noun: str
    statement: LiteralString
    values: dict[str, Any]
    indexes: tuple[str, ...]

    def __str__(self) -> str:
        return self.noun


SEARCH = {
    "user_id": USER,
    "query": f"'{str(USER)[-4:]}7'",
    "start": None,
    "end": None,
    "time": None,
    "after": search.LAST_ID,
    "model": None,
    "limit": 21,
    "recent": search.RECENT,
    "max_text": 1000,
}

CASES = [
    Case(
        "search, of all",
        search.FIND,
        SEARCH,
        ("search_entries_by_word", "conversations_pkey", "messages_pkey"),
    ),
    Case(
        "search, of the newest",
        search.FIND_RECENT,
        SEARCH,
        ("search_entries_by_time", "conversations_pkey", "messages_pkey"),
    ),
]

INDEXES = """
    SELECT child.relname, parent.relname FROM pg_inherits
    JOIN pg_class child ON child.oid = inhrelid
    JOIN pg_class parent ON parent.oid = inhparent
"""


@pytest.fixture(scope="module")
def database(postgres_sockets: Path) -> Iterator[psycopg.Connection]:
    """Tables with enough in them."""
    name = f"test_{uuid4().hex}"
    copy(postgres_sockets, postgres.DATABASE, name)
    url = address(postgres_sockets, "chat", name)
    migrate("chat", url)
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as (
        connection
    ):
        values = {"user": USER, "conversation": CONVERSATION}
        connection.execute(SEED, values)
        yield connection
    execute(postgres_sockets, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture(scope="module")
def parents(database: psycopg.Connection) -> dict[str, str]:
    """The table or index that each partition is a part of."""
    return dict(database.execute(INDEXES).fetchall())


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Walk through a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_statement_uses_its_indexes_in_one_partition(
    database: psycopg.Connection, parents: dict[str, str], case: Case
):
    cursor = database.execute(
        b"EXPLAIN (FORMAT JSON) " + case.statement.encode(), case.values
    )
    ((((plan,),),)) = cursor.fetchall()
    scanned = [*nodes(plan["Plan"])]

    tables = {each["Relation Name"] for each in scanned if "Relation Name" in each}
    indexes = {
        parents.get(each["Index Name"], each["Index Name"])
        for each in scanned
        if "Index Name" in each
    }

    assert set(case.indexes) <= indexes, plan
    assert len(tables) == len({parents.get(table, table) for table in tables}), plan
    assert "Seq Scan" not in {each["Node Type"] for each in scanned}, plan
