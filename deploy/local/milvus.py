"""Milvus Lite from its wheel, on a loopback port, started when it is first needed."""

import sys
from pathlib import Path

from deploy.local.state import State

FIRST_CALLER = Path(__file__).with_name("first_caller.py")
HOST = "127.0.0.1"  # its own default is every interface
WORKERS = "16"  # calls served at once


def folder(state: State) -> Path:
    """Name the data folder."""
    return state.folder / "milvus"


def command(data: Path, port: int) -> list[str]:
    """Run the server in the foreground."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return [
        *(sys.executable, "-m", "milvus_lite", "server"),
        *("--data-dir", str(data)),
        *("--host", HOST, "--port", str(port)),
        *("--max-workers", WORKERS),
    ]


def when_needed(data: Path, port: int) -> list[str]:
    """Run it once somebody calls; at once if it holds documents already."""
    server = command(data, port)
    return [
        sys.executable,
        "-S",
        "-E",
        str(FIRST_CALLER),
        str(data),
        str(port),
        *server,
    ]


def url(port: int) -> str:
    """Name the server as its clients reach it."""
    return f"http://{HOST}:{port}"
