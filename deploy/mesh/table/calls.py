"""Calls everything, as everybody, and says how each call ended."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import grpc

from deploy.mesh.cluster import spiffe_id
from deploy.mesh.identity.authority import Identity
from deploy.mesh.parley import SERVICES
from deploy.mesh.rpcs import HEALTH, Rpc, rpcs
from deploy.mesh.table.expected import CALLERS, NO_TOKEN, TOKENS, Outcome
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage
from deploy.mesh.table.tunnels import tunnel

SECONDS = 15.0
ENDINGS: Mapping[grpc.StatusCode, Outcome] = {
    grpc.StatusCode.OK: "allowed",
    grpc.StatusCode.PERMISSION_DENIED: "denied",
    grpc.StatusCode.UNAUTHENTICATED: "unauthenticated",
    grpc.StatusCode.UNAVAILABLE: "unreached",
    grpc.StatusCode.UNIMPLEMENTED: "unknown",  # what 404 is for gRPC
    grpc.StatusCode.DEADLINE_EXCEEDED: "unreached",
}
# And for pages; what is none of these was let through.
STATUSES: Mapping[int, Outcome] = {401: "unauthenticated", 403: "denied"}
# What is not an RPC: of the edge and of web, pages.
PAGES = (
    ("edge", None, "GET", "/"),
    ("edge", None, "GET", "/.well-known/jwks.json"),
    ("web", None, "GET", "/"),
    ("web", None, "POST", "/"),
    *((name, 9464, "GET", "/metrics") for name in ("edge", "auth", "chat", "llm")),
)


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """Who calls what, and with whose token."""

    called: str
    what: str
    caller: str
    token: str


Found = Mapping[Attempt, Outcome]


async def call_everything(stage: Stage, signers: Mapping[str, Signer]) -> Found:
    """Make every call that there may be."""
    found: dict[Attempt, Outcome] = {}
    for caller, account in CALLERS.items():
        name = spiffe_id(*account)
        identity = stage.bench.authority.issue(name, stage.bench.life)
        for called in SERVICES:
            own = [rpc.path for rpc in rpcs().values() if rpc.part == called]
            paths = [*own, HEALTH]
            found |= await call_rpcs(stage, called, caller, identity, paths, signers)
        for called, port, verb, path in PAGES:
            call = Attempt(called, f"{verb} {path}", caller, NO_TOKEN)
            door = stage.door(stage.first(called), port)
            roots = stage.bench.authority.roots
            found[call] = await get(door, roots, identity, verb, path)
    return found


async def call_rpcs(
    stage: Stage,
    called: str,
    caller: str,
    identity: Identity,
    paths: Sequence[str],
    signers: Mapping[str, Signer],
) -> dict[Attempt, Outcome]:
    """Call these methods with each token, and with none."""
    roots = stage.bench.authority.roots
    async with (
        tunnel(stage.door(stage.first(called)), roots, identity) as target,
        grpc.aio.insecure_channel(target) as channel,
    ):
        calls = [
            Attempt(called, path, caller, token)
            for token in (NO_TOKEN, *TOKENS)
            for path in paths
        ]
        headers = {token: carried(token, signers) for token in (NO_TOKEN, *TOKENS)}
        ended = await asyncio.gather(
            *(ending(channel, call.what, headers[call.token]) for call in calls)
        )
    return dict(zip(calls, ended, strict=True))


def carried(token: str, signers: Mapping[str, Signer]) -> tuple[tuple[str, str], ...]:
    """Write the headers with a token."""
    if token == NO_TOKEN:
        return ()
    issuer, audience = TOKENS[token]
    signed = signers[issuer].token(iss=issuer, aud=audience)
    return (("authorization", f"Bearer {signed}"),)


async def ending(
    channel: grpc.aio.Channel, path: str, headers: tuple[tuple[str, str], ...]
) -> Outcome:
    """Call a method; say how the call ended."""
    call: Any = channel.unary_unary(path)  # without serializers: bytes
    try:
        await call(b"", metadata=headers, timeout=SECONDS)
    except grpc.aio.AioRpcError as error:
        return ENDINGS.get(error.code(), "failed")
    return "allowed"


async def get(
    door: str, roots: str, identity: Identity, verb: str, path: str
) -> Outcome:
    """Ask for a page; say how that ended."""
    async with tunnel(door, roots, identity, alpn=["http/1.1"]) as target:
        connector = aiohttp.UnixConnector(path=target.removeprefix("unix:"))
        try:
            async with (
                aiohttp.ClientSession(connector=connector) as http,
                http.request(verb, f"http://page{path}") as answer,
            ):
                return STATUSES.get(answer.status, "allowed")
        except aiohttp.ClientError:
            return "unreached"


def of_rpc(rpc: Rpc, caller: str, token: str) -> Attempt:
    """Name a call of an RPC."""
    return Attempt(rpc.part, rpc.path, caller, token)
