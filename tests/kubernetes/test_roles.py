"""The roles of PostgreSQL are what the services need, on a real server."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql

from deploy.local import postgres
from services.kit.migrate import lock_of
from services.kit.postgres import OPTIONS
from tests.conftest import PASSWORD, memory, patiently
from tests.postgres_server import postgres_server
from tools.kubernetes.manifests import FOLDER, SERVICES, find, overlay, variables

ROLES = FOLDER / "components/postgres/roles.sql"


@pytest.fixture(scope="module")
def sockets() -> Iterator[Path]:
    """A server of its own, on which nothing but `roles.sql` was run."""
    with TemporaryDirectory(prefix="roles-", dir=memory()) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with postgres_server(folder, PASSWORD) as sockets:
            admin = postgres.url(sockets, postgres.ADMIN, PASSWORD, "postgres")
            patiently(psycopg.OperationalError)(run, admin, "CREATE DATABASE parley")
            admin = postgres.url(sockets, postgres.ADMIN, PASSWORD)
            run(admin, ROLES.read_text())
            for role in SERVICES:  # as the operator does
                run(admin, f"ALTER ROLE {role} PASSWORD '{PASSWORD}'")
            yield sockets


def run(url: str, text: str) -> None:
    """Run statements that a person wrote."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(text))


def shown(url: str, setting: str) -> str:
    """Return a setting as a session has it."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
    assert found
    return str(found[0])


def job(sockets: Path, service: str) -> subprocess.Popen[str]:
    """Start what the Job of a service runs."""
    found = find(overlay("production"), "Job", f"migrate-{service}")
    (container,) = found["spec"]["template"]["spec"]["containers"]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": ":".join(entry for entry in sys.path if entry),
        "PGOPTIONS": variables(container)["PGOPTIONS"],
        f"{service.upper()}_DATABASE_URL": postgres.url(sockets, service, PASSWORD),
    }
    command = [sys.executable, *container["args"]]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold the lock of chat's migration, in no transaction, as those may not idle."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [lock_of("chat")])
        yield


def ended_well(process: subprocess.Popen[str]) -> None:
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said


@pytest.mark.parametrize("service", SERVICES)
def test_a_job_makes_the_tables_of_a_service(sockets: Path, service: str) -> None:
    url = postgres.url(sockets, service, PASSWORD)

    ended_well(job(sockets, service))

    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM alembic_version").fetchone()
    assert found == (1,)


def test_a_second_job_waits_for_the_first_longer_than_its_role_would(
    sockets: Path, impatient_chat: str
) -> None:
    with locked(impatient_chat):
        second = job(sockets, "chat")

        patiently(AssertionError)(assert_waits, sockets, second)

    ended_well(second)


def test_a_job_does_not_wait_for_that_of_another_service(sockets: Path) -> None:
    with locked(postgres.url(sockets, "chat", PASSWORD)):
        ended_well(job(sockets, "auth"))


@pytest.fixture
def impatient_chat(sockets: Path) -> Iterator[str]:
    """The role `chat`, which gives up on a lock sooner than a test wants to wait."""
    admin = postgres.url(sockets, postgres.ADMIN, PASSWORD)
    run(admin, "ALTER ROLE chat SET lock_timeout = '10ms'")
    yield postgres.url(sockets, "chat", PASSWORD)
    run(admin, "ALTER ROLE chat SET lock_timeout = '2s'")


def assert_waits(sockets: Path, process: subprocess.Popen[str]) -> None:
    """Somebody waits for the lock of a migration, and has for some time."""
    assert process.poll() is None
    with psycopg.connect(postgres.url(sockets, postgres.ADMIN, PASSWORD)) as admin:
        found = admin.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"
            " AND clock_timestamp() - query_start > interval '0.1 s'"
        ).fetchone()
    assert found == (1,)


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_carries_what_its_service_asks_for(sockets: Path, service: str) -> None:
    asked = dict(option.split("=") for option in shlex.split(OPTIONS) if option != "-c")
    url = postgres.url(sockets, service, PASSWORD)

    assert {name: shown(url, name) for name in asked} == asked


def test_a_migration_may_take_its_time(
    sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find(overlay("production"), "Job", "migrate-chat")
    (container,) = found["spec"]["template"]["spec"]["containers"]
    monkeypatch.setenv("PGOPTIONS", variables(container)["PGOPTIONS"])

    assert shown(postgres.url(sockets, "chat", PASSWORD), "statement_timeout") == "0"


@pytest.mark.asvs("13.2.2")
def test_no_role_reads_the_tables_of_another(sockets: Path) -> None:
    run(postgres.url(sockets, "auth", PASSWORD), "CREATE TABLE IF NOT EXISTS own ()")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(postgres.url(sockets, "chat", PASSWORD), "SELECT FROM auth.own")
