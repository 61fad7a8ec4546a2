"""Calls with nothing but bytes: to any method, with any headers."""

import os
from collections.abc import Mapping
from typing import Any

import grpc

from deploy.mesh.table.played import Call
from deploy.mesh.table.signing import Signer

# As long as a call may take in a test; longer than a sidecar needs to fetch keys.
SECONDS = 10
# How many calls a test makes whose point is their number: `make mesh-long` makes more.
CALLS = int(os.environ.get("MESH_CALLS", "2000"))
# For whom each issuer signs.
AUDIENCES = {
    "parley": "parley",
    "parley-chat": "parley-llm",
    "parley-llm": "parley-chat",
}


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
    signed = signers[issuer].token(iss=issuer, aud=AUDIENCES[issuer])
    return {"authorization": f"Bearer {signed}"}


def methods(calls: list[Call]) -> list[str]:
    """Name the methods that were called."""
    return [call.method for call in calls]
