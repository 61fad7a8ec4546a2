"""llm's tables are partitioned by user, so that users can move between shards."""

from typing import LiteralString

import psycopg

from services.kit.partitions import PARTITIONS
from tests.conftest import MakeDatabase

TABLES: LiteralString = """
    SELECT c.relname, pg_get_partkeydef(c.oid), (
        SELECT count(*) FROM pg_inherits WHERE inhparent = c.oid
    )
    FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND c.relname <> 'alembic_version' ORDER BY 1
"""
KEYS: LiteralString = """
    SELECT c.relname, (
        SELECT attname FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum = i.indkey[0]
    )
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND i.indisprimary
      AND NOT c.relispartition AND c.relname <> 'alembic_version'
"""


def test_every_table_is_partitioned_by_user(make_database: MakeDatabase):
    with psycopg.connect(make_database("llm")) as connection:
        tables = connection.execute(TABLES).fetchall()
        keys = connection.execute(KEYS).fetchall()

    assert len(tables) >= 9
    for table, key, partitions in tables:
        assert (key, partitions) == ("HASH (user_id)", PARTITIONS), table
    assert {table for table, _, _ in tables} == {table for table, _ in keys}
    assert {first for _, first in keys} == {"user_id"}
