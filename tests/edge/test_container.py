"""In a container the edge ends when nothing runs any more, and never too late."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import grpc
import pytest

from deploy.local.ports import free_port
from edge.envoy.render import Edge
from tests.edge import servicers
from tests.edge.envoy_process import Envoy, until_well
from tests.edge.parts import Part, part
from tests.edge.patience import patiently
from tests.edge.protocols import GrpcClient
from tests.edge.rpcs import ASK, SEND
from tests.edge.servicers import ReplyEvent, Script, event
from tests.edge.test_restarts import waiting
from tests.kubernetes.documents import metrics

Process = asyncio.subprocess.Process


@asynccontextmanager
async def container(
    edge: Edge, folder: Path, *, drain_seconds: float
) -> AsyncIterator[tuple[Envoy, Process]]:
    """Run the edge as its image does."""
    edge = replace(
        edge, port=free_port(), admin_port=free_port(), metrics_port=free_port()
    )
    with (folder / "envoy.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.images.edge", *flags(edge)),
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": ":".join(entry for entry in sys.path if entry),
                "EDGE_FOLDER": str(folder),
                "EDGE_DRAIN_SECONDS": str(drain_seconds),
            },
            stdout=log,
            stderr=log,
        )
    try:
        async with aiohttp.ClientSession() as http:
            envoy = Envoy(edge, http, folder)
            await until_well(envoy)
            await envoy.until_keys()
            yield envoy, process
    finally:
        if process.returncode is None:
            process.terminate()  # killed, it would leave Envoy behind
            await process.wait()


def flags(edge: Edge) -> list[str]:
    """Write the flags that differ from test to test."""
    return [
        *("--port", str(edge.port), "--admin-port", str(edge.admin_port)),
        *("--metrics-port", str(edge.metrics_port)),
        *("--auth", *edge.auth, "--chat", *edge.chat, "--llm", *edge.llm),
        *("--web", edge.web),
    ]


async def test_a_stream_that_runs_ends_before_the_edge_does(
    edge: Edge, token: str, tmp_path: Path
) -> None:
    go = asyncio.Event()
    script = Script(jwks=[], reply=waiting(go))
    async with (
        part(servicers.add_chat, script) as chat,
        container(replace(edge, chat=(chat.address,)), tmp_path, drain_seconds=30) as (
            envoy,
            process,
        ),
        grpc.aio.insecure_channel(envoy.target) as channel,
    ):
        call = GrpcClient(envoy, channel).open(SEND, ASK, token=token)
        await call.read()

        process.send_signal(signal.SIGTERM)
        await until_health_is(envoy, 503)
        assert process.returncode is None
        go.set()

        assert await call.read() == event(2, completed=ReplyEvent.Completed())
        assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_a_stream_that_goes_on_is_cut_when_the_drain_is_over(
    edge: Edge, token: str, tmp_path: Path
) -> None:
    script = Script(jwks=[], reply=waiting(asyncio.Event()))
    async with (
        part(servicers.add_chat, script) as chat,
        container(replace(edge, chat=(chat.address,)), tmp_path, drain_seconds=0.5) as (
            envoy,
            process,
        ),
        grpc.aio.insecure_channel(envoy.target) as channel,
    ):
        call = GrpcClient(envoy, channel).open(SEND, ASK, token=token)
        await call.read()

        process.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(process.wait(), 30) == 0
        with pytest.raises(grpc.aio.AioRpcError):
            await call.read()


@pytest.mark.asvs("13.4.5")
async def test_prometheus_sees_the_streams_and_nothing_else_of_the_admin(
    edge: Edge, chat: Part, token: str, tmp_path: Path
) -> None:
    async with container(edge, tmp_path, drain_seconds=1) as (envoy, _):
        metrics = f"http://127.0.0.1:{envoy.edge.metrics_port}"

        async with envoy.http.get(f"{metrics}/stats/prometheus") as response:
            said = await response.text()
        refused = [
            (await envoy.http.request(method, f"{metrics}{path}")).status
            for method, path in (
                ("GET", "/"),
                ("GET", "/config_dump"),
                ("GET", "/stats"),
                ("POST", "/stats/prometheus"),
                ("POST", "/quitquitquit"),
            )
        ]

    assert (
        'envoy_http_downstream_rq_active{envoy_http_conn_manager_prefix="edge"}' in said
    )
    assert refused == [404] * 5


async def test_the_edge_shows_every_metric_that_people_are_told_of(
    edge: Edge, tmp_path: Path
) -> None:
    asked = {name for name in metrics() if name.startswith("envoy_")}

    async with container(edge, tmp_path, drain_seconds=1) as (envoy, _):

        @patiently
        async def shown() -> None:
            url = f"http://127.0.0.1:{envoy.edge.metrics_port}/stats/prometheus"
            async with envoy.http.get(url) as response:
                there = set(
                    re.findall(r"^(\w+)\{", await response.text(), re.MULTILINE)
                )
            assert asked - there == set()

        await shown()

    assert len(asked) > 6


async def until_health_is(envoy: Envoy, status: int) -> None:
    """Wait until the health check says so."""

    @patiently
    async def said() -> None:
        async with envoy.http.get(f"{envoy.url}/healthz") as response:
            assert response.status == status

    await said()
