"""A scripted Parley over real gRPC, and a client that has signed up there."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import grpc
import pytest

import parley_client
from parley.auth.v1.account_service_pb2_grpc import add_AccountServiceServicer_to_server
from parley.auth.v1.api_key_service_pb2_grpc import add_ApiKeyServiceServicer_to_server
from parley.auth.v1.device_service_pb2_grpc import add_DeviceServiceServicer_to_server
from parley.auth.v1.group_service_pb2_grpc import add_GroupServiceServicer_to_server
from parley.auth.v1.key_service_pb2_grpc import add_KeyServiceServicer_to_server
from parley.auth.v1.session_service_pb2_grpc import add_SessionServiceServicer_to_server
from parley.chat.v1.conversation_service_pb2_grpc import (
    add_ConversationServiceServicer_to_server,
)
from parley.chat.v1.message_service_pb2_grpc import add_MessageServiceServicer_to_server
from parley.llm.v1.generation_service_pb2_grpc import (
    add_GenerationServiceServicer_to_server,
)
from parley_client import Delta, Event, MemoryCredentials, Parley, Patience
from services.kit.server import serving
from tests.canaries.secrets import PASSWORD as PASSWORD
from tests.clients.scripted_auth import ScriptedAuth
from tests.clients.scripted_chat import ScriptedChat
from tests.clients.scripted_groups import ScriptedGroups
from tests.clients.scripted_keys import ScriptedKeys
from tests.clients.scripted_llm import ScriptedLlm
from tests.clients.shell import Shell
from tests.stack import USUAL, Stack

EMAIL = "ada@example.com"
LOGIN = ("login", "--email", EMAIL, "--password-stdin")
# Tries again at once, and waits for as long as ever: a busy machine is slow.
BRISK = Patience(again=(0.0, 0.0), pause=0.01, longest_pause=0.05)


@pytest.fixture(autouse=True)
def usual_answers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have the model of the system answer as before, whatever a test made it do."""
    yield
    if "stack" in request.fixturenames:
        stack: Stack = request.getfixturevalue("stack")
        stack.upstream.release()
        stack.upstream.rescript(USUAL)


@dataclass
class Scripted:
    """A Parley that does what a test says."""

    url: str = ""
    auth: ScriptedAuth = field(default_factory=ScriptedAuth)
    chat: ScriptedChat = field(default_factory=ScriptedChat)
    llm: ScriptedLlm = field(default_factory=ScriptedLlm)
    keys: ScriptedKeys = field(init=False)
    # What a client that connects to it keeps.
    credentials: MemoryCredentials = field(default_factory=MemoryCredentials)

    def __post_init__(self) -> None:
        self.keys = ScriptedKeys(self.auth)

    @asynccontextmanager
    async def connected(self, **patience: float) -> AsyncIterator[Parley]:
        """Connect with the credentials that are kept, and this patience."""
        async with parley_client.connect(
            self.url,
            credentials=self.credentials,
            patience=replace(BRISK, **patience),  # type: ignore[arg-type]  # of floats
        ) as parley:
            yield parley


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    """A scripted Parley."""
    here = Scripted()

    def register(server: grpc.aio.Server) -> None:
        add_AccountServiceServicer_to_server(here.auth, server)
        add_SessionServiceServicer_to_server(here.auth, server)
        add_KeyServiceServicer_to_server(here.auth, server)
        add_ApiKeyServiceServicer_to_server(here.keys, server)
        add_DeviceServiceServicer_to_server(here.keys, server)
        groups = ScriptedGroups()  # type: ignore[abstract]  # nobody administers here
        add_GroupServiceServicer_to_server(groups, server)
        add_ConversationServiceServicer_to_server(here.chat, server)
        add_MessageServiceServicer_to_server(here.chat, server)
        add_GenerationServiceServicer_to_server(here.chat, server)
        here.llm.register(server)

    async with serving(
        register,
        services=(),
        address="127.0.0.1:0",
        authenticate=here.auth.authenticate,
        drain_seconds=0,
    ) as port:
        here.url = f"http://127.0.0.1:{port}"
        yield here


@pytest.fixture
async def parley(scripted: Scripted) -> AsyncIterator[Parley]:
    """A client that has signed up."""
    async with scripted.connected() as parley:
        await parley.sign_up(EMAIL, PASSWORD)
        yield parley


@pytest.fixture
def shell(scripted: Scripted, tmp_path: Path) -> Shell:
    """A shell of somebody who has no account yet."""
    return Shell(home=tmp_path, url=scripted.url)


@pytest.fixture
async def signed_in(shell: Shell) -> Shell:
    """A shell of somebody who has signed up."""
    assert (await shell.run(*LOGIN, "--sign-up", given=PASSWORD)).code == 0
    return shell


async def sent(parley: Parley, text: str = "Hi") -> list[Event]:
    """Send to a new conversation; return every event."""
    conversation = await parley.conversations.create()
    return [event async for event in parley.send(conversation, text)]


def text_of(events: list[Event]) -> str:
    """Return what all deltas together say."""
    return "".join(event.text for event in events if isinstance(event, Delta))
