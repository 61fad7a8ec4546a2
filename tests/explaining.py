"""How PostgreSQL would run a statement, over tables with enough in them to choose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString
from uuid import uuid4

import psycopg
from psycopg import sql

from deploy.local import postgres
from services.kit.migrate import migrate
from tests.conftest import address, copy, execute

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
def filled(
    sockets: Path, service: str, seed: LiteralString, **values: object
) -> Iterator[psycopg.Connection]:
    """Make a service's tables with enough in them, for as long as the block runs."""
    name = f"test_{uuid4().hex}"
    copy(sockets, postgres.DATABASE, name)
    url = address(sockets, service, name)
    migrate(service, url)
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as (
        connection
    ):
        connection.execute(seed, values)
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
