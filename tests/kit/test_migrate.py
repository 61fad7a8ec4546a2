"""Who needs tables waits for them, and not for newer ones."""

import subprocess
import sys
from pathlib import Path

import psycopg

from deploy.local import postgres
from services.kit.migrate import behind, migrate
from tests.conftest import MakeDatabase, address, copy, patiently

WAIT = [sys.executable, "-m", "services.kit.migrate", "auth", "--wait"]


def set_revision(url: str, revision: str) -> None:
    """Say that the tables are at a revision."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", [revision])


def test_a_database_without_tables_is_behind(
    postgres_sockets: Path, make_database: MakeDatabase
) -> None:
    url = make_database("auth")
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE alembic_version")

    assert behind("auth", url)


def test_tables_of_a_version_before_are_behind(make_database: MakeDatabase) -> None:
    url = make_database("chat")

    set_revision(url, "chat_0001")

    assert behind("chat", url)


def test_migrated_tables_are_not_behind(make_database: MakeDatabase) -> None:
    assert not behind("chat", make_database("chat"))


def test_tables_of_a_later_version_are_not_behind(make_database: MakeDatabase) -> None:
    url = make_database("chat")

    set_revision(url, "chat_9999")

    assert not behind("chat", url)


def test_who_waits_goes_on_when_another_has_migrated(postgres_sockets: Path) -> None:
    url = address(postgres_sockets, "auth", "waited_for")
    waiting = subprocess.Popen(WAIT, env=environment(url))  # there is no such database
    copy(postgres_sockets, postgres.DATABASE, "waited_for")
    patiently(AssertionError)(looked_at, postgres_sockets, "waited_for", times=2)
    assert waiting.poll() is None

    migrate("auth", url)

    assert waiting.wait(timeout=30) == 0


def looked_at(sockets: Path, name: str, *, times: int) -> None:
    """See that so many have been connected to a database."""
    with psycopg.connect(address(sockets, "auth", postgres.DATABASE)) as connection:
        found = connection.execute(
            "SELECT sessions FROM pg_stat_database WHERE datname = %s", [name]
        ).fetchone()
    assert found
    assert found[0] >= times


def environment(url: str) -> dict[str, str]:
    """Say where the database is, and where the code."""
    path = ":".join(entry for entry in sys.path if entry)
    return {"AUTH_DATABASE_URL": url, "PYTHONPATH": path}
