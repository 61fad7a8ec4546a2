"""Calls with nothing but bytes: to any method, with any headers."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import grpc

from deploy.mesh.identity.authority import Identity
from deploy.mesh.table.calls import carried
from deploy.mesh.table.expected import TOKENS
from deploy.mesh.table.played import Call
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage
from deploy.mesh.table.tunnels import tunnel

# As long as a call may take in a test; longer than a sidecar needs to fetch keys.
SECONDS = 10
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


def methods(calls: list[Call]) -> list[str]:
    """Name the methods that were called."""
    return [call.method for call in calls]
