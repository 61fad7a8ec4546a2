"""Calls as nobody, through callers' own sidecars, out of the mesh, and into it."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress

import aiohttp
import grpc

from deploy.mesh.cluster import spiffe_id
from deploy.mesh.parley import CALLS, PROVIDERS, SERVICES
from deploy.mesh.rpcs import HEALTH, Rpc, rpcs
from deploy.mesh.table.calls import STATUSES, Attempt, Found, carried, ending
from deploy.mesh.table.expected import (
    CALLERS,
    CARRIES,
    NO_TOKEN,
    PLAINTEXT,
    UNCERTIFIED,
    Outcome,
)
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage
from deploy.mesh.table.tunnels import client_context, tunnel

SECONDS = 15.0
# Who is outside, and one whom nobody listed.
OUTSIDE = (*PROVIDERS, "example.com")
# From outside, at the gateway: how, the name that is asked for, the page. The bench's
# own port has the routes of HTTPS, for a browser of this machine.
OWN = "by the bench's own port, http"
INTO = (
    ("https", "localhost", "/"),
    ("https", "localhost", "/.well-known/jwks.json"),
    ("https", "elsewhere.example", "/"),
    ("http", "localhost", "/"),
    ("http", "elsewhere.example", "/"),
    (OWN, "localhost", "/"),
    (OWN, "elsewhere.example", "/"),
)
BROWSER = "a browser"
AT_GATEWAYS: Mapping[int, Outcome] = {
    **STATUSES,
    404: "unknown",
    301: "redirected",
    302: "redirected",
}


async def call_all_ways(stage: Stage, signers: Mapping[str, Signer]) -> Found:
    """Call as nobody, through callers' own sidecars, out of the mesh, and into it."""
    found: dict[Attempt, Outcome] = {}
    for part in (
        strangers(stage),
        by_sidecars(stage, signers),
        ways_out(stage),
        ways_in(stage),
    ):
        found |= await part
    return found


async def strangers(stage: Stage) -> Found:
    """Call every method without TLS, and with TLS but without a certificate."""
    found: dict[Attempt, Outcome] = {}
    roots = stage.bench.authority.roots
    for called in SERVICES:
        paths = [*(rpc.path for rpc in rpcs().values() if rpc.part == called), HEALTH]
        door = stage.door(stage.first(called))
        found |= await each(door, called, PLAINTEXT, paths)
        async with tunnel(door, roots, None) as target:
            found |= await each(target, called, UNCERTIFIED, paths)
    return found


async def each(target: str, called: str, caller: str, paths: list[str]) -> Found:
    """Call these methods without a token."""
    async with grpc.aio.insecure_channel(target) as channel:
        ended = await asyncio.gather(*(ending(channel, path, ()) for path in paths))
    calls = [Attempt(called, path, caller, NO_TOKEN) for path in paths]
    return dict(zip(calls, ended, strict=True))


def by_sidecar(rpc: Rpc, caller: str) -> Attempt:
    """Name the call of an RPC as its caller makes it: through its own sidecar."""
    token = CARRIES[caller] if rpc.needs_token else NO_TOKEN
    return Attempt(rpc.part, rpc.path, f"{caller}, by its sidecar", token)


def made() -> Iterator[tuple[Rpc, str]]:
    """List who calls what through a sidecar of its own."""
    for rpc in rpcs().values():
        for caller in sorted(rpc.callers):
            if rpc.part in CALLS[caller]:
                yield rpc, caller


async def by_sidecars(stage: Stage, signers: Mapping[str, Signer]) -> Found:
    """Call what services call, as they do."""

    async def by(rpc: Rpc, caller: str) -> tuple[Attempt, Outcome]:
        call = by_sidecar(rpc, caller)
        way = stage.way(stage.first(caller), rpc.part)
        async with grpc.aio.insecure_channel(way) as channel:
            headers = carried(call.token, signers)
            return call, await ending(channel, rpc.path, headers)

    return dict(await asyncio.gather(*(by(*each) for each in made())))


async def ways_out(stage: Stage) -> Found:
    """Ask the egress gateway for every host, as everybody."""
    found: dict[Attempt, Outcome] = {}
    authority, door = stage.bench.authority, stage.door("egress")
    for caller, account in CALLERS.items():
        name = spiffe_id(*account)
        identity = authority.issue(name, stage.bench.life)
        for host in OUTSIDE:
            call = Attempt("egress", f"GET https://{host}/", caller, NO_TOKEN)
            async with tunnel(
                door, authority.roots, identity, alpn=["http/1.1"]
            ) as target:
                connector = aiohttp.UnixConnector(path=target.removeprefix("unix:"))
                found[call] = await page(connector, "http://gateway/", host)
    return found


async def ways_in(stage: Stage) -> Found:
    """Ask the ingress gateway for pages, as a browser does."""
    found: dict[Attempt, Outcome] = {}
    gateway = stage.instance("ingress")
    doors = {
        "https": f"https://{gateway.inbound[443]}",
        "http": f"http://{gateway.inbound[80]}",
        OWN: f"http://{gateway.plain[443]}",
    }
    trusting = client_context(stage.bench.authority.roots, None, ["http/1.1"])
    for how, host, path in INTO:
        call = Attempt("ingress", f"GET {how}://{host}{path}", BROWSER, NO_TOKEN)
        connector = aiohttp.TCPConnector(ssl=trusting)
        found[call] = await page(connector, doors[how] + path, host)
    return found


async def page(connector: aiohttp.BaseConnector, url: str, host: str) -> Outcome:
    """Ask for a page under a name; say how that ended."""
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    with suppress(aiohttp.ClientError, TimeoutError):
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as http,
            http.get(
                url,
                headers={"host": host, "accept": "text/html"},
                allow_redirects=False,
                server_hostname=host if url.startswith("https:") else None,
            ) as answer,
        ):
            return AT_GATEWAYS.get(answer.status, "allowed")
    return "unreached"
