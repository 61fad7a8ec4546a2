"""How PostgreSQL would run a statement, over tables with enough in them to choose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from deploy.local import postgres
from services.kit.migrate import migrate
from tests.conftest import address, copy, execute

USER = UUID("00000000-0000-7000-8000-00000000abcd")  # who says a quarter of everything
CONVERSATION = UUID(int=USER.int + 1)
LONG = UUID(int=USER.int + 2)  # a conversation of one long branch
LATE = UUID(int=1990)  # of its 2,000 messages
HOLDER = UUID(int=USER.int + 3)  # writes a reply for everybody

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
    INSERT INTO messages (
        user_id, conversation_id, id, parent_id, role, text, state, model, seq,
        create_time, holder
    )
        SELECT user_id, id, uuidv7(), gen_random_uuid(), 'assistant', '', state, '', 1,
            now(), CASE state WHEN 'generating' THEN %(holder)s END
        FROM conversations, (VALUES ('generating'), ('queued')) AS s (state)
        WHERE title = 'Talk 1';
    INSERT INTO conversations (user_id, id, title, create_time, update_time)
        VALUES (%(user)s, %(long)s, 'Long', now(), now());
    INSERT INTO messages (
        user_id, conversation_id, id, parent_id, role, text, state, model, seq,
        create_time, end_time
    )
        SELECT %(user)s, %(long)s, lpad(to_hex(m), 32, '0')::uuid,
            CASE WHEN m > 1 THEN lpad(to_hex(m - 1), 32, '0')::uuid END, 'user',
            'x', 'completed', '', 0, now(), now()
        FROM generate_series(1, 2000) AS m;
    INSERT INTO folders (user_id, id, display_name, create_time)
        SELECT id, gen_random_uuid(), 'Folder ' || f, now()
        FROM people, generate_series(1, 50) AS f;
    INSERT INTO imports (user_id, id, size_bytes, create_time)
        SELECT id, gen_random_uuid(), 1, now() FROM people, generate_series(1, 50);
    INSERT INTO import_chunks (user_id, import_id, start, data)
        SELECT user_id, id, c, 'x' FROM imports, generate_series(0, 2) AS c;
    ANALYZE;
"""
INDEXES = """
    SELECT child.relname, parent.relname FROM pg_inherits
    JOIN pg_class child ON child.oid = inhrelid
    JOIN pg_class parent ON parent.oid = inhparent
"""


@dataclass(frozen=True)
class Case:
    """A statement, its values, and the indexes that it needs, any of each."""

    name: str
    statement: LiteralString
    values: dict[str, Any]
    indexes: tuple[str, ...]
    # What each condition on an index has to hold.
    owned: tuple[str, ...] = ("user_id",)
    anew: bool = False  # planned for its values each time

    def __str__(self) -> str:
        return self.name


@dataclass
class Explained:
    """What is read, and how; partitions go by the name of what they are parts of."""

    plan: dict[str, Any]
    tables: list[str] = field(default_factory=list)  # one for each partition
    indexes: dict[str, list[str]] = field(default_factory=dict)  # with the conditions
    scans: set[str] = field(default_factory=set)  # tables that are read as a whole


@contextmanager
def filled(sockets: Path) -> Iterator[psycopg.Connection]:
    """Make tables with enough in them, for as long as the block runs."""
    name = f"test_{uuid4().hex}"
    copy(sockets, postgres.DATABASE, name)
    url = address(sockets, "chat", name)
    migrate("chat", url)
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as (
        connection
    ):
        values = {"user": USER, "conversation": CONVERSATION, "long": LONG}
        connection.execute(SEED, {**values, "holder": HOLDER})
        yield connection
    execute(sockets, "DROP DATABASE {} WITH (FORCE)", name)


def explain(connection: psycopg.Connection, case: Case) -> Explained:
    """Plan a statement as the service has it planned."""
    mode = "custom" if case.anew else "generic"
    connection.execute(f"SET plan_cache_mode = force_{mode}_plan".encode())
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", case.statement)))
    statement = re.sub(
        r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", case.statement
    )
    values = [sql.Literal(case.values[name]).as_string(connection) for name in names]
    given = f"({', '.join(values)})" if values else ""
    connection.execute(b"DEALLOCATE ALL")
    connection.execute(f"PREPARE asked AS {statement}".encode())
    query = f"EXPLAIN (FORMAT JSON) EXECUTE asked{given}".encode()
    ((((plan,),),)) = connection.execute(query).fetchall()
    parents: dict[str, str] = dict(connection.execute(INDEXES).fetchall())
    explained = Explained(plan["Plan"])
    for node in nodes(plan["Plan"]):
        table, index = node.get("Relation Name", ""), node.get("Index Name")
        if table and "Scan" in node["Node Type"]:
            explained.tables.append(table)
        if index:
            conditions = explained.indexes.setdefault(parents.get(index, index), [])
            conditions.append(node.get("Index Cond", ""))
        if node["Node Type"] == "Seq Scan":
            explained.scans.add(parents.get(table, table))
    explained.tables = [
        parents.get(table, table) for table in sorted(set(explained.tables))
    ]
    return explained


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Walk through a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def told(explained: Explained) -> str:
    """Say a plan, for who wonders about it."""
    return json.dumps(explained.plan, indent=1)
