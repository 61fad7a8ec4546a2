"""Calls with nothing but bytes: to any method, with any headers."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import grpc
from psutil import Process

from deploy.mesh.cluster import spiffe_id
from deploy.mesh.identity.authority import Identity
from deploy.mesh.table.calls import carried
from deploy.mesh.table.expected import TOKENS
from deploy.mesh.table.played import Call
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage
from deploy.mesh.table.tunnels import tunnel
from tests.edge.patience import patiently

# As long as a call may take in a test; longer than a sidecar needs to fetch keys.
SECONDS = 30
# How many calls a test makes whose point is their number: `make mesh-long` makes more.
CALLS = int(os.environ.get("MESH_CALLS", "2000"))


async def status(
    channel: grpc.aio.Channel, method: str, headers: Mapping[str, str] | None = None
) -> grpc.StatusCode:
    """Call a method, and say how the call ended."""
    call: Any = channel.unary_unary(method)  # without serializers: bytes
    metadata = tuple((headers or {}).items())
    try:
        await call(b"", metadata=metadata, timeout=SECONDS)
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def token_of(issuer: str, signers: Mapping[str, Signer]) -> dict[str, str]:
    """Write the headers that carry a good token of an issuer."""
    (whose,) = [token for token, (name, _) in TOKENS.items() if name == issuer]
    return dict(carried(whose, signers))


@asynccontextmanager
async def as_caller(
    stage: Stage, called: str, identity: Identity | None
) -> AsyncIterator[grpc.aio.Channel]:
    """Call a service past every sidecar but its own, as somebody or as nobody."""
    roots = stage.bench.authority.roots
    async with (
        tunnel(stage.door(called), roots, identity) as target,
        grpc.aio.insecure_channel(target) as channel,
    ):
        yield channel


@patiently
async def noticed(stage: Stage, gone: str) -> None:
    """Wait until the edge's sidecar knows that its connections to somebody ended."""
    assert await stage.bench.admin("edge").connections(stage.door(gone)) == 0


@asynccontextmanager
async def still_edge(
    stage: Stage, signers: Mapping[str, Signer]
) -> AsyncIterator[None]:
    """
    Have the edge itself stand still, which asks all the time whether others are well.

    Sidecars have the keys of tokens from it: who is called meanwhile has them before.
    """
    name = spiffe_id("parley", "edge")
    identity = stage.bench.authority.issue(name, stage.bench.life)
    for called in stage.played:
        async with as_caller(stage, called, identity) as channel:
            await status(channel, "/any.Service/Method", token_of("parley", signers))
    config = str(stage.bench.at("edge") / "edge.yaml")
    (edge,) = [each for each in Process().children() if config in each.cmdline()]
    edge.suspend()
    try:
        yield
    finally:
        edge.resume()


def methods(calls: list[Call]) -> list[str]:
    """Name the methods that were called."""
    return [call.method for call in calls]
