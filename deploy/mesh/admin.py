"""What a sidecar says of itself, over the socket of its administrator."""

import asyncio
import json
import re
from pathlib import Path

import aiohttp

from deploy.mesh.files import Told

SECONDS = 20.0
POLL = 0.02


class Unwell(Exception):
    """A sidecar did not come to what it was told."""


class Rejected(Unwell):
    """A sidecar took what it was told for wrong, and works on as before."""


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

    async def until_told(self, told: Told, rejections: int) -> None:
        """
        Wait until the sidecar works as its files say.

        `rejections` are those before it was told: one more, and it never will.
        """
        deadline = asyncio.get_running_loop().time() + SECONDS
        while lacking := await self.lacking(told):
            said = f"{self._socket.parent.name}: {lacking}"
            if await self.rejections() > rejections:
                raise Rejected(f"{said}: {await self._why()}")
            if asyncio.get_running_loop().time() > deadline:
                raise Unwell(said)
            await asyncio.sleep(POLL)

    async def rejections(self) -> int:
        """Count how often it took a file of ours for wrong."""
        try:
            found = await self.stats(r"(lds|cds|\.rds\..*)\.update_rejected$")
        except (aiohttp.ClientError, OSError):
            return 0
        return sum(map(int, found.values()))

    async def _why(self) -> str:
        """Find what it says of what it rejected."""
        found: list[str] = []
        for line in (await self.ask("/config_dump")).splitlines():
            name, _, value = line.strip().rstrip(",").partition(": ")
            if name == '"details"':
                found.append(str(json.loads(value)))
        return "; ".join(found) or "its log says why"

    async def lacks_a_port(self) -> bool:
        """Tell whether it could not listen where it should."""
        try:
            return bool(await self.stat("listener_manager.listener_create_failure"))
        except (aiohttp.ClientError, OSError):
            return False

    async def lacking(self, told: Told) -> str:
        """Say what it does not do yet of what it was told, or that it is not well."""
        try:
            ready = (await self.ask("/ready")).strip()
            stats = await self.stats("version_text|warming")
        except (aiohttp.ClientError, OSError):
            return "it does not answer"
        wanted = {
            "listener_manager.lds.version_text": told.listeners,
            "cluster_manager.cds.version_text": told.clusters,
            "listener_manager.total_listeners_warming": "0",
            "cluster_manager.warming_clusters": "0",
            **{f"rds.{name}": version for name, version in told.routes.items()},
        }
        found = stats | {"ready": ready} | routes(stats)
        lacks = [
            name
            for name, value in (wanted | {"ready": "LIVE"}).items()
            if found.get(name) != value
        ]
        return f"it does not have: {', '.join(lacks)}" if lacks else ""


def routes(stats: dict[str, str]) -> dict[str, str]:
    """Pick out the versions of route configurations, by their names alone."""
    return {
        f"rds.{name.partition('.rds.')[2].removesuffix('.version_text')}": version
        for name, version in stats.items()
        if ".rds." in name
    }
