"""What `splitExternalLocalOriginErrors` counts of streams that break off."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from deploy.mesh.files import private
from deploy.mesh.parley import SERVICES
from deploy.mesh.resources import Mesh
from deploy.mesh.table.played import Call
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage, standing
from tests.edge.patience import patiently
from tests.mesh.calling import SECONDS, token_of
from tests.mesh.wires import wired

SEND = "/parley.chat.v1.MessageService/SendMessage"
BEHIND = "service.sock"
FOUND = (
    "cluster.outbound|50052||chat.parley.svc.cluster.local.outlier_detection"
    ".ejections_detected_consecutive_local_origin_failure"
)


@dataclass(frozen=True)
class Breaking:
    """A chat whose streams can be broken off."""

    stage: Stage
    wire: Any  # as `wired` lays it

    async def break_off(self, streams: int, headers: Mapping[str, str]) -> None:
        """Begin so many replies, and cut all of them after their first word."""
        way = self.stage.way("edge", "chat")
        async with grpc.aio.insecure_channel(way) as channel:
            send: Any = channel.unary_stream(SEND)
            calls = [
                send(b"", metadata=tuple(headers.items()), timeout=SECONDS)
                for _ in range(streams)
            ]
            for call in calls:
                await call.read()
            self.wire.cut()
            for call in calls:
                assert await call.code() != grpc.StatusCode.OK

    async def found(self) -> int:
        """Say how often the edge's sidecar found that chat is to be left out."""
        return await self.stage.bench.admin("edge").stat(FOUND)


async def endless(call: Call, context: Any) -> AsyncIterator[bytes]:
    """Say one word, and go on."""
    yield b"word"
    await asyncio.sleep(SECONDS)


@pytest.fixture
async def chat(
    policy: Mesh, signers: Mapping[str, Signer], folder: Path
) -> AsyncIterator[Breaking]:
    """Run it behind a wire."""
    async with AsyncExitStack() as stack:
        wires = {}
        for name in SERVICES:
            own = private(folder / name)
            wire = wired(own / "app.sock", own / BEHIND)
            wires[name] = await stack.enter_async_context(wire)
        stage = await stack.enter_async_context(
            standing(folder, policy, keys=[signers["parley"].jwk], socket_name=BEHIND)
        )
        stage.played["chat"].play = endless
        yield Breaking(stage, wires["chat"])


async def test_streams_that_break_off_one_by_one_leave_no_replica_out(
    chat: Breaking, signers: Mapping[str, Signer]
) -> None:
    for _ in range(6):
        await chat.break_off(1, token_of("parley", signers))

    assert await chat.found() == 0


async def test_three_streams_that_break_off_at_once_leave_their_replica_out(
    chat: Breaking, signers: Mapping[str, Signer]
) -> None:
    await chat.break_off(3, token_of("parley", signers))

    @patiently
    async def is_found() -> None:
        assert await chat.found() == 1

    await is_found()
