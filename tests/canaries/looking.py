"""Looks for secrets where there must be none."""

import json
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.local import postgres
from deploy.local.state import State
from tests.canaries.secrets import found

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema"


class SecretFound(AssertionError):
    """A secret lies where it has no place."""


def refuse(leaks: list[str]) -> None:
    """Fail if there are any."""
    if leaks:
        raise SecretFound("; ".join(leaks))


def in_text(where: str, text: str | bytes) -> list[str]:
    """Say which secrets are in a text."""
    data = text.encode(errors="surrogateescape") if isinstance(text, str) else text
    return [f"{what} in {where}" for what in found(data)]


def in_folder(folder: Path) -> list[str]:
    """Say which secrets are in which files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [leak for file in files for leak in in_text(str(file), file.read_bytes())]


def in_database(url: str) -> list[str]:
    """Say which secrets are in which of a service's tables, not hashed or sealed."""
    leaks = []
    with psycopg.connect(url) as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            leaks += [
                f"{what} in the table {table}"
                for what in found(dump(connection, table), hashes=False)
            ]
    return leaks


def dump(connection: psycopg.Connection, table: str) -> bytes:
    """Return all that a table holds."""
    query = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
    with connection.cursor().copy(query) as rows:
        return b"".join(bytes(row) for row in rows)


def in_system(state: State) -> list[str]:
    """Say which secrets are in a system's logs, metrics, and auth's tables."""
    sockets = postgres.folders(state)[1]
    password = state.secret("postgres-auth").read_text()
    return [
        *in_folder(state.logs),
        *(leak for name, page in metrics(state) for leak in in_text(name, page)),
        *in_database(postgres.url(sockets, "auth", password)),
    ]


def metrics(state: State) -> Iterator[tuple[str, bytes]]:
    """Yield what each service counts."""
    ports = json.loads((state.folder / "ports.json").read_text())
    for name, port in ports.items():
        if name.endswith("-metrics"):
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            # A replica that is there no more has kept its port.
            with suppress(ConnectionRefusedError), closing(connection):
                connection.request("GET", "/metrics")
                yield f"the metrics of {name}", connection.getresponse().read()
