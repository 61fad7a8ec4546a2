"""PostgreSQL as `make up` runs it, for as long as a test or a measurement needs it."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import postgres


@contextmanager
def postgres_server(folder: Path, password: str) -> Iterator[Path]:
    """
    Run a new server, in a folder that others may enter; yield where its sockets are.

    What is written is not forced to disk: nothing of it is kept.
    """
    data, sockets = folder / "data", folder / "pg"
    postgres.initialise(data, sockets, password)
    with (folder / "postgres.log").open("w") as log:
        server = subprocess.Popen(
            [*postgres.command(data, sockets), "--fsync=off"],
            user=postgres.user(),
            stderr=log,
            cwd="/",
        )
    try:
        yield sockets
    finally:
        server.send_signal(signal.SIGINT)  # does not wait for clients to leave
        server.wait()
