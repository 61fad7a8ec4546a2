"""Who needs tables waits for them, and not for newer ones."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from deploy.local import postgres
from deploy.local.state import ROOT
from services.kit.migrate import migrate, missing
from tests.conftest import MakeDatabase, address, copy

WAIT = [sys.executable, "-m", "services.kit.migrate", "auth", "--wait"]


def newest(service: str) -> str:
    """Name the last of a service's migrations."""
    files = (ROOT / f"services/{service}/migrations").glob("0*.py")
    return f"{service}_{max(file.name for file in files)[:4]}"


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

    assert missing("auth", url) == (
        f"tables are at no revision, and have to be at {newest('auth')}"
    )


def test_tables_of_a_version_before_are_behind(make_database: MakeDatabase) -> None:
    url = make_database("chat")

    set_revision(url, "chat_0001")

    assert missing("chat", url) == (
        f"tables are at chat_0001, and have to be at {newest('chat')}"
    )


def test_migrated_tables_are_not_behind(make_database: MakeDatabase) -> None:
    assert missing("chat", make_database("chat")) is None


def test_tables_of_a_later_version_are_not_behind(make_database: MakeDatabase) -> None:
    url = make_database("chat")

    set_revision(url, "chat_9999")

    assert missing("chat", url) is None


def test_tables_of_another_service_are_an_error(make_database: MakeDatabase) -> None:
    url = make_database("chat")

    set_revision(url, "auth_0001")

    with pytest.raises(ValueError, match="not chat's tables: they are at auth_0001"):
        missing("chat", url)


def test_who_was_rolled_back_leaves_newer_tables_alone(
    make_database: MakeDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    url = make_database("chat")
    set_revision(url, "chat_9999")

    migrate("chat", url)

    assert (
        capsys.readouterr().err == "chat: tables are at chat_9999, newer than we know\n"
    )
    assert missing("chat", url) is None


def test_tables_of_another_service_are_not_migrated(
    make_database: MakeDatabase,
) -> None:
    url = make_database("chat")
    set_revision(url, "auth_0001")

    with pytest.raises(ValueError, match="not chat's tables: they are at auth_0001"):
        migrate("chat", url)


def test_who_waits_says_what_for_and_goes_on_when_another_has_migrated(
    postgres_sockets: Path,
) -> None:
    url = address(postgres_sockets, "auth", "waited_for")
    with waiting(url) as process:
        assert 'database "waited_for" does not exist' in said(process)
        copy(postgres_sockets, postgres.DATABASE, "waited_for")
        assert said(process).startswith("auth waits: tables are at no revision, and ")

        migrate("auth", url)

        assert process.wait(timeout=30) == 0


def test_who_waits_in_vain_can_be_told_to_stop(postgres_sockets: Path) -> None:
    with waiting(address(postgres_sockets, "auth", "never")) as process:
        assert said(process)

        process.terminate()

        assert process.wait(timeout=30) == 128 + signal.SIGTERM


def test_who_waits_for_tables_of_another_service_ends(
    make_database: MakeDatabase,
) -> None:
    url = make_database("auth")
    set_revision(url, "chat_0001")

    with waiting(url) as process:
        assert "these are not auth's tables: they are at chat_0001" in said(process)
        assert process.wait(timeout=30) == 1


@contextmanager
def waiting(url: str) -> Iterator[subprocess.Popen[str]]:
    """Wait for auth's tables in a process, while the block runs."""
    process = subprocess.Popen(
        WAIT, env=environment(url), stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    """Return the next line that a process says."""
    assert process.stderr
    return process.stderr.readline()


def environment(url: str) -> dict[str, str]:
    """Say where the database is, and where the code."""
    path = ":".join(entry for entry in sys.path if entry)
    return {"AUTH_DATABASE_URL": url, "PYTHONPATH": path}
