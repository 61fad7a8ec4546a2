"""
Statements are about one user, or go through an index from one to others.

Whoever writes a statement adds a case to `explained.py`. The tables hold enough for the
planner to choose: 200 users, one of whom has a quarter of everything.
"""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.explaining import Case, explain, filled, told
from tests.llm.documents.explained import (
    ACROSS,
    CASES,
    COLLECTION,
    GROUP,
    ID,
    SEED,
    USER,
    VERSION,
)


@pytest.fixture(scope="module")
def database(postgres_sockets: Path) -> Iterator[psycopg.Connection]:
    """Tables with enough in them."""
    values = {
        "user": USER,
        "id": ID,
        "collection": COLLECTION,
        "version": VERSION,
        "group": GROUP,
    }
    with filled(postgres_sockets, "llm", SEED, **values) as connection:
        yield connection


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_statement_uses_its_indexes_in_one_partition(
    database: psycopg.Connection, case: Case
):
    explained = explain(database, case)

    assert set(case.indexes) <= set(explained.indexes), told(explained)
    assert explained.indexes, told(explained)
    assert not explained.scans, told(explained)
    for name, conditions in explained.indexes.items():
        for condition in conditions:
            if name in case.indexes or not case.indexes:
                assert "(user_id = " in condition, told(explained)


@pytest.mark.parametrize("case", ACROSS, ids=str)
def test_a_statement_about_others_uses_indexes_too(
    database: psycopg.Connection, case: Case
):
    explained = explain(database, case)

    assert set(case.indexes) <= set(explained.indexes), told(explained)
    assert not explained.scans, told(explained)
