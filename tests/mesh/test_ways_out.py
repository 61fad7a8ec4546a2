"""Out of the mesh there is one way, for one service, to the hosts that are named."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import pytest
from aiohttp import web

from deploy.local.ports import free_port
from deploy.mesh.cluster import spiffe_id
from deploy.mesh.identity.authority import Authority
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage, standing
from deploy.mesh.table.tunnels import tunnel
from tests.mesh.editing import Policy, replaced
from tests.mesh.providers import Provider, provider

OPENAI, ANTHROPIC, GEMINI = (
    "api.openai.com",
    "api.anthropic.com",
    "generativelanguage.googleapis.com",
)


@dataclass(frozen=True)
class World:
    """A mesh, and what is outside."""

    stage: Stage
    providers: Mapping[str, Provider]
    http: aiohttp.ClientSession

    async def ask(self, address: str, host: str | None = None) -> int:
        """Ask as llm does: over HTTP, at a port of its own sidecar."""
        headers = {"host": host} if host else {}
        url = f"http://{address}/v1/models"
        async with self.http.get(url, headers=headers) as answer:
            await answer.read()
            return answer.status

    @property
    def anybody(self) -> str:
        """Where llm's sidecar takes calls to whomever."""
        return str(self.stage.instance("llm").anybody)

    def door_to(self, host: str) -> str:
        """Where llm's sidecar takes calls to a provider."""
        return self.stage.instance("llm").outbound[host, 80]


@pytest.fixture(scope="module")
async def world(signers: Mapping[str, Signer]) -> AsyncIterator[World]:
    """Providers with certificates of a public authority; one of them is an impostor."""
    public = Authority.new()
    with TemporaryDirectory(prefix="parley-") as name:
        folder = Path(name)
        roots = folder / "public.pem"
        roots.write_text(public.roots)
        async with (
            provider(public, [OPENAI]) as openai,
            provider(public, ["elsewhere.example"]) as impostor,
            aiohttp.ClientSession() as http,
            standing(
                folder,
                Policy(signers).mesh(),
                keys=[signers["parley"].jwk],
                outside={
                    (OPENAI, 443): openai.address,
                    (ANTHROPIC, 443): impostor.address,
                    (GEMINI, 443): f"127.0.0.1:{free_port()}",
                },
                public_roots=str(roots),
            ) as stage,
        ):
            providers = {OPENAI: openai, ANTHROPIC: impostor}
            yield World(stage, providers, http)


@pytest.mark.parametrize("how", ["by an address of its own", "by its name"])
async def test_llm_reaches_a_provider_through_the_gateway(how: str, world: World):
    before = len(world.providers[OPENAI].asked)
    gateway = world.stage.bench.admin("egress")
    figure = f"cluster.outbound|443||{OPENAI}.upstream_rq_completed"
    passed = await gateway.stat(figure)

    if how == "by its name":
        found = await world.ask(world.anybody, OPENAI)
    else:
        found = await world.ask(world.door_to(OPENAI))

    assert found == 200
    (asked,) = world.providers[OPENAI].asked[before:]
    assert (asked.host, asked.path, asked.scheme) == (OPENAI, "/v1/models", "https")
    assert await gateway.stat(figure) == passed + 1


@pytest.mark.asvs("13.2.4")
@pytest.mark.parametrize(
    "host", ["example.com", "api.openai.com.evil.example", "evil-api.openai.com"]
)
async def test_a_host_that_is_not_listed_is_not_reached(host: str, world: World):
    assert await world.ask(world.anybody, host) == 502


async def test_a_provider_with_another_certificate_gets_nothing(world: World):
    assert await world.ask(world.door_to(ANTHROPIC)) == 503
    assert world.providers[ANTHROPIC].asked == []


@pytest.mark.asvs("13.2.4")
@pytest.mark.parametrize("account", ["edge", "web", "auth", "chat"])
async def test_nobody_else_leaves_through_the_gateway(account: str, world: World):
    found = await at_the_gateway(world, spiffe_id("parley", account), OPENAI)

    assert found == 403


@pytest.mark.asvs("13.2.4")
async def test_llm_leaves_for_the_named_hosts_alone(world: World):
    llm = spiffe_id("parley", "llm")

    assert await at_the_gateway(world, llm, OPENAI) == 200
    assert await at_the_gateway(world, llm, "example.com") in (403, 404)


async def at_the_gateway(world: World, name: str, host: str) -> int:
    """Ask the gateway itself, past every sidecar."""
    authority = world.stage.bench.authority
    identity = authority.issue(name, world.stage.bench.life)
    door = world.stage.door("egress")
    async with tunnel(door, authority.roots, identity, alpn=["http/1.1"]) as target:
        connector = aiohttp.UnixConnector(path=target.removeprefix("unix:"))
        async with (
            aiohttp.ClientSession(connector=connector) as http,
            http.get("http://gateway/v1/models", headers={"host": host}) as answer,
        ):
            return answer.status


@pytest.mark.parametrize("name", ["auth", "llm"])
async def test_who_calls_outside_knows_no_way_past_the_gateway(name: str, world: World):
    """Whom the gateway then lets through is its own policy's."""
    known = await world.stage.bench.admin(name).ask("/clusters?format=json")

    assert "outbound|80||api.openai.com" in known
    assert "outbound|443||api.openai.com" not in known


@pytest.mark.parametrize("name", ["edge", "chat", "web"])
async def test_other_sidecars_know_no_provider(name: str, world: World):
    known = await world.stage.bench.admin(name).ask("/clusters?format=json")

    assert "openai" not in known
    assert "egress" not in known


async def test_a_mesh_that_is_open_reaches_anybody(
    signers: Mapping[str, Signer], folder: Path
):
    """So that what is refused above is refused by the policy."""
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response()

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    opened = [replaced("/spec/outboundTrafficPolicy/mode", "ALLOW_ANY")]
    policy = Policy(
        signers, edits=[("Sidecar", "llm-sees-providers-through-egress", opened)]
    )
    async with (
        standing(folder, policy.mesh(), keys=[signers["parley"].jwk]) as stage,
        aiohttp.ClientSession() as http,
    ):
        world = World(stage, {}, http)
        found = await world.ask(world.anybody, f"localhost:{runner.addresses[0][1]}")
    await runner.cleanup()

    assert (found, len(asked)) == (200, 1)
