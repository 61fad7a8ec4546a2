"""All of Parley in the mesh: what `make mesh` does."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import aiohttp
import psutil
import pytest

from deploy.local.ports import free_port
from deploy.local.state import ROOT, State
from deploy.local.supervisor import Supervisor
from deploy.mesh.admin import Admin
from deploy.mesh.identity.authority import Authority
from deploy.mesh.table.relays import Relay
from deploy.mesh.table.tunnels import server_context
from parley_client import Completed, connect
from tests.doubles.openai_server import serving
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.edge.patience import patiently
from tests.stack import run_module

OPENAI = "api.openai.com"
# Seconds between certificates.
INTERVAL = 2
KUSTOMIZATION = f"""\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [{ROOT}/deploy/mesh/policy]
patches:
- {{target: {{kind: AuthorizationPolicy, name: edge-may-fetch-web}}, path: web.yaml}}
"""
WEB = "[{{op: replace, path: /spec/rules/0/to/0/operation/methods, value: [{}]}}]\n"


@dataclass(frozen=True)
class Running:
    """A mesh that runs, and the model behind its egress gateway."""

    url: str
    upstream: Upstream
    policy: Path
    environment: Mapping[str, str]
    arguments: tuple[str, ...]

    async def mesh(self, *arguments: str, code: int = 0) -> str:
        """Run `python -m deploy.mesh`, see how it ends; return what it prints."""
        return await run_module(
            "deploy.mesh",
            *(*self.arguments, *arguments),
            environment=self.environment,
            code=code,
        )

    @property
    def supervisor(self) -> Supervisor:
        """What keeps its parts running."""
        return Supervisor(State.of(self.environment))

    def process(self, part: str) -> psutil.Process:
        """Find a part's process."""
        infos = {each["name"]: each["pid"] for each in self.supervisor.info()}
        return psutil.Process(infos[part])

    def folder(self, instance: str) -> Path:
        """Where an instance's sockets are."""
        return State.of(self.environment).run / "mesh" / instance

    async def ask(self) -> str:
        """Ask a question as a stranger would; return the answer."""
        async with connect(self.url) as parley:
            await parley.sign_up(
                f"{os.urandom(8).hex()}@example.com", "correct horse 1"
            )
            conversation = await parley.conversations.create()
            events = [each async for each in parley.send(conversation, "Hello?")]
            assert isinstance(events[-1], Completed)
            messages = parley.conversations.messages(conversation)
            return [message.text async for message in messages][-1]


@asynccontextmanager
async def over_tls(target: str, folder: Path) -> AsyncIterator[tuple[str, Path]]:
    """Stand before a server as OpenAI does; yield where, and whom to trust."""
    public = Authority.new()
    identity = public.issue_for_hosts([OPENAI], timedelta(hours=1))
    roots = folder / "roots.pem"
    roots.write_text(public.roots)
    host, _, port = target.rpartition(":")
    relay = Relay(partial(asyncio.open_connection, host, int(port)))
    server = await asyncio.start_server(
        relay.connected, "127.0.0.1", 0, ssl=server_context(identity, "http/1.1")
    )
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", roots
    finally:
        server.close()
        await relay.end()


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Running]:
    """Start it, with a scripted model that is outside; leave nothing behind."""
    with TemporaryDirectory(prefix="parley-") as name:
        folder = Path(name)
        os.chmod(folder, 0o711)  # noqa: S103 - PostgreSQL runs as somebody else
        policy = folder / "policy"
        policy.mkdir()
        (policy / "kustomization.yaml").write_text(KUSTOMIZATION)
        (policy / "web.yaml").write_text(WEB.format("GET, HEAD"))
        async with serving(Script(tokens=words(20))) as upstream:
            address = upstream.url.removeprefix("http://").removesuffix("/v1")
            async with over_tls(address, folder) as (outside, roots):
                port = free_port()
                system = Running(
                    f"http://localhost:{port}",
                    upstream,
                    policy,
                    {
                        "PARLEY_STATE": f"{folder}/state",
                        "PARLEY_PORT": str(port),
                        "OPENAI_API_KEY": "sk-scripted",
                        "OPENAI_BASE_URL": "",
                        "PARLEY_MODEL": "scripted",
                        "AUTH_SMTP_URL": "none",
                    },
                    (
                        *("--policy", str(policy), "--rotate-every", str(INTERVAL)),
                        *("--outside", f"{OPENAI}:443={outside}"),
                        *("--public-roots", str(roots)),
                        # Two replicas of chat: a policy that tells versions apart.
                        *("--with", "canary-chat"),
                    ),
                )
                try:
                    await system.mesh()
                    yield system
                finally:
                    await system.mesh("--down")


async def test_an_answer_of_a_model_outside_passes_every_hop(running: Running):
    before = len(running.upstream.requests)

    text = await running.ask()

    assert text == running.upstream.script.text
    asked = [*running.upstream.requests][before:]
    assert {each.headers["host"] for each in asked} == {OPENAI}
    assert {each.headers["authorization"] for each in asked} == {"Bearer sk-scripted"}
    gateway = Admin(running.folder("egress") / "admin.sock")
    completed = f"cluster.outbound|443||{OPENAI}.upstream_rq_completed"
    assert await gateway.stat(completed) > 0


@pytest.mark.parametrize("service", ["auth", "chat-1", "chat-2", "llm"])
def test_a_service_listens_for_its_sidecar_alone(service: str, running: Running):
    """And for whoever reads its metrics, on one port."""
    process = running.process(service)
    own = [
        each.laddr.port
        for each in process.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN
    ]
    socket = running.folder(service) / "app.sock"

    assert len(own) == 1
    assert socket.is_socket()
    assert socket.parent.stat().st_mode & 0o077 == 0


async def test_certificates_change_while_people_chat(running: Running):
    sidecar = Admin(running.folder("chat-1") / "admin.sock")

    async def serials() -> set[str]:
        found = await sidecar.ask("/certs")
        lines = [line.strip() for line in found.splitlines()]
        return {line for line in lines if line.startswith('"serial_number"')}

    first = await serials()

    @patiently
    async def changed():
        assert (await serials()) - first

    await changed()
    assert await running.ask() == running.upstream.script.text


@patiently
async def page_answers(running: Running, status: int) -> None:
    """Wait until the page that a browser opens is answered so."""
    async with aiohttp.ClientSession() as http, http.get(running.url) as answer:
        assert answer.status == status


async def test_an_edited_file_holds_at_once(running: Running):
    await page_answers(running, 200)
    (running.policy / "web.yaml").write_text(WEB.format("HEAD"))
    await page_answers(running, 403)
    (running.policy / "web.yaml").write_text(WEB.format("GET, HEAD"))
    await page_answers(running, 200)


async def test_a_file_that_is_refused_changes_nothing_and_is_named(running: Running):
    log = running.supervisor.log("control")

    @patiently
    async def says(what: str):
        assert what in await asyncio.to_thread(log.read_text)

    (running.policy / "web.yaml").write_text(
        "[{op: add, path: /spec/rules/0/from/0/source/ipBlocks, value: [10.0.0.0/8]}]"
    )
    await says("spec.rules[0].from[0].source.ipBlocks: the bench does not implement")
    assert await running.ask() == running.upstream.script.text
    (running.policy / "web.yaml").write_text(WEB.format("GET, HEAD"))


async def test_the_mesh_works_on_while_nobody_controls_it(running: Running):
    """What is edited meanwhile holds when somebody does again."""
    running.supervisor.ask("stopProcess", "control")
    assert not running.supervisor.runs("control")
    began = monotonic()
    while monotonic() - began < 2 * INTERVAL:
        assert await running.ask() == running.upstream.script.text
    assert not running.supervisor.runs("control")

    (running.policy / "web.yaml").write_text(WEB.format("HEAD"))
    running.supervisor.run("control")

    await page_answers(running, 403)
    (running.policy / "web.yaml").write_text(WEB.format("GET, HEAD"))
    await page_answers(running, 200)


async def test_when_nothing_runs_the_status_says_so_and_writes_nothing(
    running: Running, folder: Path
):
    state = folder / "state"
    elsewhere = replace(
        running, environment={**running.environment, "PARLEY_STATE": str(state)}
    )

    said = await elsewhere.mesh("--status", code=1)

    assert "Start it with: make mesh" in said
    assert not state.exists()


async def test_the_authority_is_readable_by_nobody_else(running: Running):
    secrets = [*(Path(running.environment["PARLEY_STATE"]) / "secrets").iterdir()]

    assert "authority.pem" in {each.name for each in secrets}
    assert {each.stat().st_mode & 0o077 for each in secrets} == {0}


async def test_printing_needs_nothing_that_runs(running: Running, folder: Path):
    state = {"PARLEY_STATE": str(folder / "state")}
    elsewhere = replace(running, environment={**running.environment, **state})

    printed = await elsewhere.mesh("--print", "chat")

    assert not (folder / "state").exists()

    assert "spiffe://cluster.local/ns/parley/sa/chat" in printed
    assert "/parley.chat.v1.MessageService/SendMessage" in printed


async def test_what_carries_the_last_calls_stops_after_who_makes_them(running: Running):
    """The way in ends first; the way to a model when nobody asks it any more."""
    await running.mesh("--down")

    log = State.of(running.environment).logs / "supervisord.log"
    stopped = re.findall(r" stopped: (\S+) ", await asyncio.to_thread(log.read_text))
    when = {name: number for number, name in enumerate(stopped)}
    services = ("edge", "chat-1", "chat-2", "llm", "auth")
    carriers = ("egress-gateway", *(f"sidecar-{name}" for name in services))
    assert when["ingress-gateway"] < min(when[each] for each in services)
    assert max(when[each] for each in services) < min(when[each] for each in carriers)
