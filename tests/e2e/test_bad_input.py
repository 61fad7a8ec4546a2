"""Bad input gets one typed error, the same over gRPC, gRPC-Web and JSON."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any, cast
from uuid import uuid4

import aiohttp
import grpc
import pytest
from google.protobuf.message import Message

from parley.auth.v1 import account_service_pb2 as accounts
from parley.chat.v1 import conversation_service_pb2 as conversations
from parley.chat.v1 import message_service_pb2 as messages
from parley.chat.v1 import search_service_pb2 as searches
from parley_client import MemoryCredentials, Parley, connect
from tests.canaries.secrets import PASSWORD
from tests.edge.protocols import (
    Answer,
    GrpcClient,
    GrpcWebClient,
    JsonClient,
    Rpc,
)
from tests.edge.rpcs import CREATE_USER, GET, SEND
from tests.identity import Identity
from tests.stack import Stack

LIST = Rpc(
    "/parley.chat.v1.ConversationService/ListConversations",
    "GET",
    "/v1/{parent}/conversations?pageToken=bm9uc2Vuc2U=",
    conversations.ListConversationsResponse,
)
SEARCH = Rpc(
    "/parley.chat.v1.SearchService/SearchMessages",
    "POST",
    "/v1/{parent}/messages:search",
    searches.SearchMessagesResponse,
)


@dataclass(frozen=True)
class Site:
    """The running system, in the three ways it is called."""

    url: str
    http: aiohttp.ClientSession
    channel: grpc.aio.Channel

    async def call(self, rpc: Rpc, request: Message, token: str = "") -> Answer:
        """Call over each protocol; return the answer that all of them give."""
        envoy = cast(Any, self)
        answers = [
            await client(envoy, self.channel).call(rpc, request, token=token)
            for client in (GrpcClient, GrpcWebClient, JsonClient)
        ]
        said = {
            (each.code, each.reason, each.message, *sorted(each.metadata.items()))
            for each in answers
        }
        assert len(said) == 1, said
        return answers[0]


@pytest.fixture
async def site(stack: Stack) -> AsyncIterator[Site]:
    """The system."""
    target = stack.url.removeprefix("http://")
    async with (
        aiohttp.ClientSession() as http,
        grpc.aio.insecure_channel(target) as channel,
    ):
        yield Site(stack.url, http, channel)


@dataclass(frozen=True)
class Person:
    """Somebody who signed up, and their token."""

    parley: Parley
    name: str
    token: str


@pytest.fixture
async def ann(stack: Stack) -> AsyncIterator[Person]:
    """Somebody who signed up."""
    async with connect(stack.url, credentials=MemoryCredentials()) as parley:
        email = f"{token_hex(8)}@parley.example"
        created = await parley.stubs.accounts.CreateUser(
            accounts.CreateUserRequest(
                user=accounts.User(email=email), password=PASSWORD
            )
        )
        await parley.sign_in(email, PASSWORD)
        yield Person(parley, created.user.name, created.access_token.token)


@pytest.mark.parametrize(
    "email", ["", "ann", "ann@", "@example.com", "a b@example.com", "x" * 400 + "@e.x"]
)
async def test_a_malformed_email_address(site: Site, email: str):
    request = accounts.CreateUserRequest(
        user=accounts.User(email=email), password=PASSWORD
    )

    answer = await site.call(CREATE_USER, request)

    assert (answer.code, answer.reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert answer.metadata["field"] in ("user.email", "user")


@pytest.mark.parametrize("password", ["", "short", "x" * 129])
async def test_a_password_that_is_short_or_huge(site: Site, password: str):
    user = accounts.User(email=f"{token_hex(8)}@parley.example")

    answer = await site.call(
        CREATE_USER, accounts.CreateUserRequest(user=user, password=password)
    )

    assert (answer.code, answer.reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert answer.metadata["field"] == "password"


async def test_a_page_token_that_is_none(site: Site, ann: Person):
    request = conversations.ListConversationsRequest(
        parent=ann.name, page_token="bm9uc2Vuc2U="
    )

    answer = await site.call(LIST, request, ann.token)

    assert (answer.code, answer.reason) == ("INVALID_ARGUMENT", "INVALID_PAGE")


@pytest.mark.asvs("8.2.2", "8.3.1")
async def test_the_name_of_anothers_conversation_whether_it_exists_or_not(
    site: Site, ann: Person, stack: Stack
):
    async with connect(stack.url) as bob:
        await bob.sign_up(f"{token_hex(8)}@parley.example", PASSWORD)
        existing = (await bob.conversations.create()).name
        missing = existing.rpartition("/")[0] + f"/{uuid4()}"

        answers = [
            await site.call(rpc, request, ann.token)
            for name in (existing, missing)
            for rpc, request in (
                (GET, conversations.GetConversationRequest(name=name)),
                (SEND, messages.SendMessageRequest(parent=name, text="Mine?")),
            )
        ]

        stored = [m async for m in bob.conversations.messages(existing)]
    assert {(a.code, a.reason) for a in answers} == {("PERMISSION_DENIED", "FORBIDDEN")}
    assert stored == []


async def test_a_token_that_is_missing_forged_or_expired(site: Site, ann: Person):
    forger = Identity()
    user = uuid4()
    tokens = {
        "missing": "",
        "forged": forger.token(user),
        "expired": forger.sign({**forger.claims(user), "exp": int(time.time()) - 9}),
        "garbage": "x.y.z",
        "tampered": ann.token[:-8] + "AAAAAAAA",
    }
    request = conversations.GetConversationRequest(
        name=f"{ann.name}/conversations/{uuid4()}"
    )

    answers = [await site.call(GET, request, token) for token in tokens.values()]

    assert {(a.code, a.reason) for a in answers} == {
        ("UNAUTHENTICATED", "UNAUTHENTICATED")
    }


@pytest.mark.asvs("2.2.1", "2.2.2")
@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("", "INVALID_ARGUMENT", "INVALID_FIELD"),
        ("x" * 32_001, "INVALID_ARGUMENT", "INVALID_FIELD"),
        ("x" * 1_000_000, "RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE"),
    ],
)
async def test_a_message_that_is_empty_or_too_long_is_not_stored(
    site: Site, ann: Person, text: str, code: str, reason: str
):
    conversation = await ann.parley.conversations.create()
    request = messages.SendMessageRequest(parent=conversation.name, text=text)

    answer = await site.call(SEND, request, ann.token)

    stored = [m async for m in ann.parley.conversations.messages(conversation)]
    assert (answer.code, answer.reason) == (code, reason)
    assert stored == []


@pytest.mark.asvs("2.2.2", "15.3.5")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"text": "Hi"', "INVALID_JSON"),
        ("[]", "INVALID_JSON"),
        ('{"text": 7}', "INVALID_JSON"),
        ('{"text": "Hi", "requestID": "x"}', "UNKNOWN_FIELD"),
        (r'{"text": "half \ud800"}', "INVALID_JSON"),
        (r'{"text": "half \udc00, too"}', "INVALID_JSON"),
        (r'{"text": "\udc00\ud800"}', "INVALID_JSON"),
        (b'{"text": "half \xed\xa0\x80"}', "INVALID_JSON"),
    ],
)
async def test_json_that_is_not_the_requests(
    site: Site, ann: Person, body: str | bytes, reason: str
):
    conversation = await ann.parley.conversations.create()
    client = JsonClient(cast(Any, site), site.channel)

    answer = await client.send(
        SEND, f"/v1/{conversation.name}/messages:send", body, token=ann.token
    )

    stored = [m async for m in ann.parley.conversations.messages(conversation)]
    assert (answer.code, answer.reason) == ("INVALID_ARGUMENT", reason)
    assert stored == []


@pytest.mark.asvs("14.2.1")
async def test_what_is_looked_for_is_taken_from_no_url(site: Site, ann: Person):
    conversation = await ann.parley.conversations.create()
    async for _ in ann.parley.send(conversation, "The secret fox"):
        pass
    client = JsonClient(cast(Any, site), site.channel)
    path = f"/v1/{ann.name}/messages:search"

    found = await client.send(SEARCH, path, '{"query": "fox"}', token=ann.token)
    in_url = f"{path}?query=fox"
    by_get = await client.send(replace(SEARCH, verb="GET"), in_url, "", token=ann.token)
    by_post = await client.send(SEARCH, in_url, "{}", token=ann.token)

    assert "The secret" in str(found.responses)
    assert by_get.reason == "UNKNOWN_METHOD"
    assert by_post.reason == "UNKNOWN_FIELD"
