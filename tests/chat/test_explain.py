"""
Statements are about one user, and PostgreSQL sees that, whatever the values.

Whoever writes a statement that is called often adds a case to `explained.py`. The
tables hold enough for the planner to choose: 200 users, one of whom says a quarter of
everything, some of it in one long conversation.
"""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.chat.explained import CASES, EVERYONES, SMALL
from tests.chat.explaining import filled
from tests.explaining import Case, explain, told


@pytest.fixture(scope="module")
def database(postgres_sockets: Path) -> Iterator[psycopg.Connection]:
    """Tables with enough in them."""
    with filled(postgres_sockets) as connection:
        yield connection


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_statement_uses_its_indexes_in_one_partition(
    database: psycopg.Connection, case: Case
):
    explained = explain(database, case)

    assert set(case.indexes) <= set(explained.indexes), told(explained)
    assert explained.indexes, told(explained)
    assert len(explained.tables) == len(set(explained.tables)), told(explained)
    assert not explained.scans, told(explained)
    for conditions in explained.indexes.values():
        for condition in conditions:
            assert all(f"({column} " in condition for column in case.owned), condition


@pytest.mark.parametrize("case", [each for each in CASES if "branch" in each.name])
def test_a_branch_is_walked_by_the_primary_key(
    database: psycopg.Connection, case: Case
):
    explained = explain(database, case)

    walks = [each for each in explained.indexes["messages_pkey"] if "(id >= " in each]
    assert len(walks) == 1, told(explained)


@pytest.mark.parametrize("case", EVERYONES, ids=str)
def test_a_statement_about_everybody_uses_a_small_index(
    database: psycopg.Connection, case: Case
):
    explained = explain(database, case)

    assert set(case.indexes) <= set(explained.indexes), told(explained)
    assert explained.scans <= SMALL, told(explained)
