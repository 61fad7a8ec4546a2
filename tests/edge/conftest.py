"""A real Envoy, small real parts behind it, and the three protocols in front."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from aiohttp import web

from edge.envoy.render import Edge
from tests.edge import parts, servicers
from tests.edge.envoy_process import Envoy, running
from tests.edge.parts import Part
from tests.edge.protocols import Client, Clients, JsonClient
from tests.edge.servicers import Script
from tests.edge.tokens import Signer

ORIGIN = "https://chat.example"


@pytest.fixture(scope="session")
def signer() -> Signer:
    """The key that auth signs with."""
    return Signer()


@pytest.fixture(scope="session")
def session_script(signer: Signer) -> Script:
    return Script(jwks=[signer.jwk])


@pytest.fixture(scope="session")
async def auth(session_script: Script) -> AsyncIterator[Part]:
    async with parts.part(servicers.add_auth, session_script) as part:
        yield part


@pytest.fixture(scope="session")
async def chat(session_script: Script) -> AsyncIterator[Part]:
    async with parts.part(servicers.add_chat, session_script) as part:
        yield part


@pytest.fixture(scope="session")
async def llm(session_script: Script) -> AsyncIterator[Part]:
    async with parts.part(servicers.add_llm, session_script) as part:
        yield part


@pytest.fixture(scope="session")
def pages_asked_for() -> list[web.Request]:
    """What the web server was asked, oldest first."""
    return []


@pytest.fixture(scope="session")
async def edge(
    auth: Part, chat: Part, llm: Part, pages_asked_for: list[web.Request]
) -> AsyncIterator[Edge]:
    """Where everything is."""
    async with parts.web_server(pages_asked_for) as address:
        yield Edge(
            auth=(auth.address,),
            chat=(chat.address,),
            llm=(llm.address,),
            web=address,
            origins=(ORIGIN,),
        )


@pytest.fixture(scope="session")
async def envoy(
    edge: Edge, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Envoy]:
    """One edge for every test that leaves it as it was."""
    async with running(edge, tmp_path_factory.mktemp("envoy")) as envoy:
        await envoy.until_keys()
        yield envoy


@pytest.fixture
def script(session_script: Script) -> Script:
    """What the parts play in this test."""
    session_script.reply, session_script.title = servicers.reply, ""
    session_script.patience, session_script.down = None, False
    session_script.seen.clear()
    session_script.api_keys, session_script.exhausted = {}, False
    session_script.exchanged.clear()
    return session_script


@pytest.fixture
def token(signer: Signer) -> str:
    """A good access token."""
    return signer.token()


@pytest.fixture
async def channel(envoy: Envoy) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(envoy.target) as channel:
        yield channel


@pytest.fixture(params=list(Clients))
def client(
    request: pytest.FixtureRequest, envoy: Envoy, channel: grpc.aio.Channel
) -> Client:
    """Each protocol in turn."""
    found: Client = Clients[request.param](envoy, channel)
    return found


@pytest.fixture
def json_client(envoy: Envoy, channel: grpc.aio.Channel) -> JsonClient:
    return JsonClient(envoy, channel)


@pytest.fixture
async def own_chat(script: Script) -> AsyncIterator[Part]:
    """A chat that this test may hurt."""
    async with parts.part(servicers.add_chat, script) as chat:
        yield chat


@pytest.fixture
async def own_envoy(edge: Edge, own_chat: Part, tmp_path: Path) -> AsyncIterator[Envoy]:
    """An edge in front of it."""
    own = replace(edge, chat=(own_chat.address,))
    async with running(own, tmp_path) as envoy:
        await envoy.until_keys()
        yield envoy
