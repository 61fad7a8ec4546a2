"""What a sidecar says of itself, over the socket of its administrator."""

import asyncio
import re
from pathlib import Path

import aiohttp

SECONDS = 20.0
POLL = 0.02
# Nothing is being warmed, and it is up.
WELL = ("0", "0", "LIVE")
TEXT = re.compile(r'^(\S+): "(.*)"$')


class Unwell(Exception):
    """A sidecar did not come to what it was told."""


class Admin:
    """The administrator's side of one sidecar."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def ask(self, path: str, method: str = "GET") -> str:
        """Ask for a page."""
        connector = aiohttp.UnixConnector(path=str(self._socket))
        timeout = aiohttp.ClientTimeout(total=5)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as http,
            http.request(method, f"http://admin{path}") as answer,
        ):
            return await answer.text()

    async def stats(self, pattern: str) -> dict[str, str]:
        """Return the figures whose names match."""
        lines = (await self.ask(f"/stats?filter={pattern}")).splitlines()
        parts = (line.partition(": ") for line in lines)
        return {name: value.strip('"') for name, _, value in parts}

    async def stat(self, name: str) -> int:
        """Return one figure; what was never counted is 0."""
        return int((await self.stats(f"^{re.escape(name)}$")).get(name, "0"))

    async def connections(self, address: str) -> int:
        """Count its connections to somebody."""
        mark = f"::{address}::cx_active::"
        lines = (await self.ask("/clusters")).splitlines()
        found = (line.partition(mark)[2] for line in lines if mark in line)
        return sum(map(int, found))

    async def until_told(self, listeners: str, clusters: str) -> None:
        """Wait until the sidecar works as these states of its files say."""
        deadline = asyncio.get_running_loop().time() + SECONDS
        while (found := await self.state()) != (listeners, clusters, *WELL):
            if asyncio.get_running_loop().time() > deadline:
                raise Unwell(f"{self._socket.parent.name}: {found}")
            await asyncio.sleep(POLL)

    async def works(self, listeners: str, clusters: str) -> bool:
        """Tell whether it does so now."""
        return await self.state() == (listeners, clusters, *WELL)

    async def lacks_a_port(self) -> bool:
        """Tell whether it could not listen where it should."""
        try:
            return bool(await self.stat("listener_manager.listener_create_failure"))
        except (aiohttp.ClientError, OSError):
            return False

    async def state(self) -> tuple[str, ...]:
        """Say which states of its files it has, what it is still at, and how it is."""
        try:
            return await self._state()
        except (aiohttp.ClientError, OSError):
            return ("it does not answer",)

    async def _state(self) -> tuple[str, ...]:
        ready = (await self.ask("/ready")).strip()
        names = (
            "listener_manager.lds.version_text",
            "cluster_manager.cds.version_text",
            "listener_manager.total_listeners_warming",
            "cluster_manager.warming_clusters",
        )
        stats = await self.stats("version_text|warming")
        return (*(stats.get(name, "") for name in names), ready)
