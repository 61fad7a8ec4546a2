"""Into the mesh there is one way, which ends at the edge."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import grpc
import pytest
from psutil import net_if_addrs

from deploy.mesh.cluster import spiffe_id
from deploy.mesh.table.calls import get as page
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage, standing
from tests.mesh.calling import status, token_of
from tests.mesh.editing import Policy

GET = "/parley.chat.v1.ConversationService/GetConversation"
CHAT = spiffe_id("parley", "chat")


@pytest.fixture(scope="module")
async def scraped(signers: Mapping[str, Signer]) -> AsyncIterator[Stage]:
    """A mesh that a Prometheus of its own may look into."""
    policy = Policy(signers, components=["prometheus"])
    with TemporaryDirectory(prefix="parley-") as name:
        keys = [signers["parley"].jwk]
        async with standing(Path(name), policy.mesh(), keys=keys) as stage:
            yield stage


def plain(stage: Stage) -> str:
    """Where a browser on this machine comes in."""
    _, _, port = stage.instance("ingress").plain[443].rpartition(":")
    return f"localhost:{port}"


@pytest.mark.asvs("4.1.3", "15.3.4")
async def test_a_call_comes_through_five_proxies_with_the_callers_address(
    stage: Stage, signers: Mapping[str, Signer]
):
    stage.played["chat"].calls.clear()
    headers = {
        **token_of("parley", signers),
        # What a caller says of itself is not believed.
        "x-envoy-external-address": "203.0.113.7",
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-client-cert": "URI=spiffe://cluster.local/ns/parley/sa/llm",
    }
    async with grpc.aio.insecure_channel(plain(stage)) as channel:
        found = await status(channel, GET, headers)

    assert found == grpc.StatusCode.OK
    (call,) = [each for each in stage.played["chat"].calls if each.method == GET]
    # For the loopback, Envoy writes the machine's own address.
    own = {each.address for all_of in net_if_addrs().values() for each in all_of}
    assert call.headers["x-envoy-external-address"] in own
    by = "By=spiffe://cluster.local/ns/parley/sa/chat"
    uri = "URI=spiffe://cluster.local/ns/parley/sa/edge"
    *_, last = call.headers["x-forwarded-client-cert"].split(",")
    assert last.startswith(by)
    assert last.endswith(uri)


async def test_a_call_that_needs_a_token_is_refused_without_one(stage: Stage):
    async with grpc.aio.insecure_channel(plain(stage)) as channel:
        found = await status(channel, GET)

    assert found == grpc.StatusCode.UNAUTHENTICATED


PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


async def without_tls(stage: Stage, method: str, accept: str) -> tuple[int, str | None]:
    """Ask the way in without TLS; return the status, and where it leads."""
    door = stage.instance("ingress").inbound[80]
    async with (
        aiohttp.ClientSession() as http,
        http.request(
            method,
            f"http://{door}/chat?q=1",
            headers={"host": "localhost", "accept": accept},
            allow_redirects=False,
        ) as answer,
    ):
        return answer.status, answer.headers.get("location")


@pytest.mark.asvs("12.2.1")
async def test_a_browser_that_comes_without_tls_is_sent_to_tls(stage: Stage):
    found = await without_tls(stage, "GET", PAGE)

    assert found == (301, "https://localhost/chat?q=1")


@pytest.mark.asvs("4.1.2")
@pytest.mark.parametrize(
    ("method", "accept"),
    [("GET", "*/*"), ("GET", "application/json"), ("POST", PAGE), ("POST", "*/*")],
)
async def test_a_program_that_comes_without_tls_is_told_that_nothing_is_there(
    stage: Stage, method: str, accept: str
):
    assert await without_tls(stage, method, accept) == (404, None)


@pytest.mark.parametrize("name", ["localhost", "example.com", None])
async def test_over_tls_only_who_asks_for_its_name_gets_a_connection(
    name: str | None, stage: Stage
):
    host, _, port = stage.door("ingress", 443).rpartition(":")
    context = ssl.create_default_context(cadata=stage.bench.authority.roots)
    context.check_hostname = name is not None

    async def connect() -> None:
        _, writer = await asyncio.open_connection(
            host, int(port), ssl=context, server_hostname=name or ""
        )
        writer.close()

    if name == "localhost":
        await connect()
    else:
        with pytest.raises(ConnectionError):
            await connect()


async def test_another_name_is_answered_with_nothing(stage: Stage):
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://{plain(stage)}/", headers={"host": "example.com"}) as answer,
    ):
        assert answer.status == 404


@pytest.mark.asvs("13.4.5")
@pytest.mark.parametrize("called", ["edge", "auth", "chat", "llm"])
async def test_prometheus_reads_metrics_if_it_is_let_and_nothing_else(
    called: str, stage: Stage, scraped: Stage
):
    prometheus, chat = spiffe_id("observability", "prometheus"), CHAT

    async def get(at: Stage, name: str, path: str, port: int | None) -> str:
        authority = at.bench.authority
        identity = authority.issue(name, at.bench.life)
        door = at.door(called, port)
        return await page(door, authority.roots, identity, "GET", path)

    assert await get(stage, prometheus, "/metrics", 9464) == "denied"
    assert await get(scraped, prometheus, "/metrics", 9464) == "allowed"
    assert await get(scraped, prometheus, "/debug", 9464) == "denied"
    assert await get(scraped, prometheus, "/metrics", None) == "denied"
    assert await get(scraped, chat, "/metrics", 9464) == "denied"
