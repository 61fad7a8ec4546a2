"""The roles of PostgreSQL are what the services need, on a real server."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql

from deploy.local import postgres
from services.kit.postgres import OPTIONS
from tests.conftest import PASSWORD, memory, patiently
from tools.kubernetes.manifests import FOLDER, find, overlay, variables

ROLES = FOLDER / "components/postgres/roles.sql"
SERVICES = ("auth", "chat", "llm")


@pytest.fixture(scope="module")
def sockets() -> Iterator[Path]:
    """A server of its own, on which nothing but `roles.sql` was run."""
    with TemporaryDirectory(prefix="roles-", dir=memory()) as name:
        folder = Path(name)
        folder.chmod(0o711)
        data, sockets = folder / "data", folder / "pg"
        postgres.initialise(data, sockets, PASSWORD)
        with (folder / "postgres.log").open("w") as log:
            server = subprocess.Popen(
                [*postgres.command(data, sockets), "--fsync=off"],
                user=postgres.user(),
                stderr=log,
                cwd="/",
            )
        try:
            admin = postgres.url(sockets, postgres.ADMIN, PASSWORD, "postgres")
            patiently(psycopg.OperationalError)(run, admin, "CREATE DATABASE parley")
            admin = postgres.url(sockets, postgres.ADMIN, PASSWORD)
            run(admin, ROLES.read_text())
            for role in SERVICES:  # as the operator does
                run(admin, f"ALTER ROLE {role} PASSWORD '{PASSWORD}'")
            yield sockets
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


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


@pytest.mark.parametrize("service", SERVICES)
def test_a_job_makes_the_tables_of_a_service(sockets: Path, service: str) -> None:
    job = find(overlay("production"), "Job", f"migrate-{service}")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    url = postgres.url(sockets, service, PASSWORD)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": ":".join(entry for entry in sys.path if entry),
        "PGOPTIONS": variables(container)["PGOPTIONS"],
        f"{service.upper()}_DATABASE_URL": url,
    }

    subprocess.run([sys.executable, *container["args"]], env=environment, check=True)

    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM alembic_version").fetchone()
    assert found == (1,)


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_carries_what_its_service_asks_for(sockets: Path, service: str) -> None:
    asked = dict(option.split("=") for option in shlex.split(OPTIONS) if option != "-c")
    url = postgres.url(sockets, service, PASSWORD)

    assert {name: shown(url, name) for name in asked} == asked


def test_a_migration_may_take_its_time(
    sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = find(overlay("production"), "Job", "migrate-chat")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    monkeypatch.setenv("PGOPTIONS", variables(container)["PGOPTIONS"])

    assert shown(postgres.url(sockets, "chat", PASSWORD), "statement_timeout") == "0"


def test_no_role_reads_the_tables_of_another(sockets: Path) -> None:
    run(postgres.url(sockets, "auth", PASSWORD), "CREATE TABLE IF NOT EXISTS own ()")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(postgres.url(sockets, "chat", PASSWORD), "SELECT FROM auth.own")
