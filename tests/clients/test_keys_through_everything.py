"""API keys and terminals against the whole system, by every protocol."""

from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
import grpc
import pytest

import parley_client
from parley.auth.v1 import account_service_pb2, api_key_service_pb2, device_service_pb2
from parley.chat.v1 import conversation_service_pb2, message_service_pb2
from parley.llm.v1 import document_service_pb2
from parley_client import Parley, ParleyError
from parley_client.api_keys import NewApiKey
from tests.clients.shell import Shell
from tests.doubles.script import Script, words
from tests.edge.envoy_process import Envoy
from tests.edge.protocols import Client, Clients, Rpc
from tests.edge.rpcs import CREATE, SEND
from tests.stack import Stack

PASSWORD = "correct horse battery"
REVOKED_SECONDS = 1.0  # by when a revoked key is refused
LIST_DOCUMENTS = Rpc(
    "/parley.llm.v1.DocumentService/ListDocuments",
    "GET",
    "/v1/{parent}/documents",
    document_service_pb2.ListDocumentsResponse,
)
LIST_KEYS = Rpc(
    "/parley.auth.v1.ApiKeyService/ListApiKeys",
    "GET",
    "/v1/{parent}/apiKeys",
    api_key_service_pb2.ListApiKeysResponse,
)
GET_USER = Rpc(
    "/parley.auth.v1.AccountService/GetUser",
    "GET",
    "/v1/{name}",
    account_service_pb2.GetUserResponse,
)


@pytest.fixture
async def parley(stack: Stack) -> AsyncIterator[Parley]:
    """Somebody who has just signed up, and a model that answers."""
    stack.upstream.rescript(Script(tokens=words(20)))
    async with parley_client.connect(stack.url) as parley:
        await parley.sign_up(f"{uuid4().hex}@parley.example", PASSWORD)
        yield parley


@pytest.fixture(params=list(Clients))
async def client(request: pytest.FixtureRequest, stack: Stack) -> AsyncIterator[Client]:
    """Each protocol in turn."""
    target = urlsplit(stack.url).netloc
    async with (
        aiohttp.ClientSession() as http,
        grpc.aio.insecure_channel(target) as channel,
    ):
        here = SimpleNamespace(url=stack.url, http=http, target=target)
        found: Client = Clients[request.param](cast(Envoy, here), channel)
        yield found


def owner_of(made: NewApiKey) -> str:
    return made.api_key.name.partition("/apiKeys/")[0]


async def test_a_key_chats_by_every_protocol(parley: Parley, client: Client) -> None:
    made = await parley.api_keys.create("machine", scopes=["chat"])

    begun = await client.call(
        CREATE,
        conversation_service_pb2.CreateConversationRequest(parent=owner_of(made)),
        token=made.key,
    )
    name = cast(Any, begun.responses[0]).conversation.name
    ask = message_service_pb2.SendMessageRequest(parent=name, text="Hello")
    answer = await client.call(SEND, ask, token=made.key)

    assert (begun.code, answer.code) == ("OK", "OK")
    kinds = [cast(Any, each).event.WhichOneof("event") for each in answer.responses]
    assert (kinds[0], kinds[-1]) == ("accepted", "completed")
    (kept,) = [key async for key in parley.api_keys.list()]
    assert kept.HasField("last_use_time")


@pytest.mark.asvs("8.2.1")
async def test_a_key_does_what_it_may_and_nothing_else(
    parley: Parley, client: Client
) -> None:
    made = await parley.api_keys.create("machine", scopes=["chat"])
    owner = owner_of(made)
    documents = document_service_pb2.ListDocumentsRequest(parent=owner)
    keys = api_key_service_pb2.ListApiKeysRequest(parent=owner)
    user = account_service_pb2.GetUserRequest(name=owner)

    answers = [
        await client.call(LIST_DOCUMENTS, documents, token=made.key),
        await client.call(LIST_KEYS, keys, token=made.key),
        await client.call(GET_USER, user, token=made.key),
    ]

    assert [(answer.code, answer.reason) for answer in answers] == [
        ("PERMISSION_DENIED", "PERMISSION_MISSING")
    ] * 3
    assert [answer.metadata["permission"] for answer in answers] == [
        "knowledge",
        "api_keys",
        "account",
    ]


@pytest.mark.asvs("7.4.1")
async def test_a_revoked_key_is_refused_within_a_second(
    parley: Parley, client: Client
) -> None:
    made = await parley.api_keys.create("machine", scopes=["knowledge"])
    request = document_service_pb2.ListDocumentsRequest(parent=owner_of(made))
    assert (await client.call(LIST_DOCUMENTS, request, token=made.key)).code == "OK"

    await parley.api_keys.revoke(made.api_key)
    revoked = began = monotonic()
    while (
        answer := await client.call(LIST_DOCUMENTS, request, token=made.key)
    ).code == ("OK"):
        # However long a busy machine takes over a call that is still let in.
        assert began - revoked < REVOKED_SECONDS + 0.5
        began = monotonic()

    assert answer.code == "UNAUTHENTICATED"
    # The key itself is, or the token that it was exchanged for a moment before.
    assert answer.reason in ("API_KEY_INVALID", "UNAUTHENTICATED")


async def test_a_forged_key_is_refused(parley: Parley, client: Client) -> None:
    made = await parley.api_keys.create("machine")
    request = document_service_pb2.ListDocumentsRequest(parent=owner_of(made))

    for forged in (f"{made.key[:-1]}!", made.key[:-1], "parley_" + "0" * 60):
        answer = await client.call(LIST_DOCUMENTS, request, token=forged)
        assert (answer.code, answer.reason) == ("UNAUTHENTICATED", "API_KEY_INVALID")


async def test_a_program_is_whose_key_it_has(stack: Stack, parley: Parley) -> None:
    made = await parley.api_keys.create("program", scopes=["chat"])

    async with parley_client.connect(stack.url, api_key=made.key) as program:
        conversation = await program.conversations.create()
        with pytest.raises(ParleyError) as refused:
            await program.user()

    assert conversation.name.startswith(owner_of(made))
    assert refused.value.reason == "PERMISSION_MISSING"


async def test_parley_login_goes_by_way_of_a_browser(
    stack: Stack, parley: Parley, tmp_path: Path
) -> None:
    shell = Shell(home=tmp_path, url=stack.url)

    async with shell.terminal("login", "--no-browser") as terminal:
        await terminal.sees(f"{stack.url}/device#")
        await terminal.sees("Code: ")
        code = (await terminal.sees("\n")).strip()
        request = device_service_pb2.ApproveDeviceAuthorizationRequest(user_code=code)
        await parley.stubs.devices.ApproveDeviceAuthorization(request)
        await terminal.sees("Signed in at")
        assert await terminal.ended() == 0
    who = await shell.run("whoami")
    refused = await shell.run("keys", "create", "ci")
    made = await shell.run("keys", "create", "ci", "--password-stdin", given=PASSWORD)
    out = await shell.run("logout")

    assert who.out.startswith((await parley.user()).email)
    # Who talks somebody into approving a code cannot make keys with it.
    assert refused.code == 1
    assert (made.code, out.code) == (0, 0)
    assert made.out.startswith("parley_")
