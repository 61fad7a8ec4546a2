"""No forged access token is let in: through the edge, or straight at a service."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import aiohttp
import grpc
import jwt
import pytest

from services.kit.caller import delegate
from services.kit.delegation import Delegation
from services.kit.jwk import read_signing_key
from tests.auth.browser import Api, Browser
from tests.forgeries.corpus import compact, corpus, es256
from tests.revocations.doors import REFUSED, Door, doors, edge_of, refusal_of
from tests.signing import signing_key
from tests.stack import Stack

AT_ONCE = 8
SECRETS = "secrets"


@pytest.fixture(scope="module")
async def ada(stack: Stack) -> AsyncIterator[Browser]:
    """Somebody who has signed up."""
    async with edge_of(stack) as edge:
        yield await Browser(Api(edge)).sign_up()


@pytest.fixture(scope="module")
def forgeries(stack: Stack, ada: Browser) -> Mapping[str, str]:
    """Everything that is no token of hers, made of one that is."""
    key = signing_key(stack.state)
    claims = jwt.decode(ada.token, options={"verify_signature": False})
    header = jwt.get_unverified_header(ada.token)
    user = ada.user.rpartition("/")[2]
    return {
        **corpus(key, header, claims),
        "a refresh token": ada.cookie,
        **{
            f"a token of {actor} for {to}": delegated(stack, actor, to, user)
            for actor, to in (("chat", "auth"), ("llm", "auth"))
        },
        "chat's key as auth's": compact(header, claims, es256(chat_key(stack))),
    }


def chat_key(stack: Stack) -> Any:
    return read_signing_key(stack.state / SECRETS / "chat-signing-key.pem")


def delegated(stack: Stack, actor: str, to: str, user: str) -> str:
    key = read_signing_key(stack.state / SECRETS / f"{actor}-signing-key.pem")
    return Delegation(key, delegate(actor, to=to)).token(UUID(user))


async def let_in(door: Door, browser: Browser, tokens: Mapping[str, str]) -> list[str]:
    """Try tokens at a door; name those that are not refused as they should be."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def tried(name: str, token: str) -> str | None:
        async with turns:
            try:
                await door.knock(replace(browser, token=token))
            except grpc.aio.AioRpcError as error:
                how = refusal_of(error)
                return None if how == REFUSED else f"{name}: {how}"
            except ValueError:
                return None  # no header can hold it
            return name

    found = await asyncio.gather(*(tried(*each) for each in tokens.items()))
    return [name for name in found if name]


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2")
@pytest.mark.asvs("9.2.3", "8.3.1", "10.3.1")
async def test_no_forgery_is_let_in_anywhere(
    stack: Stack, ada: Browser, forgeries: Mapping[str, str]
):
    async with doors(stack) as all_doors:
        for door in all_doors:
            await door.knock(ada)  # or else the refusals would prove nothing

        found = {door.name: await let_in(door, ada, forgeries) for door in all_doors}

    assert found == {door.name: [] for door in all_doors}
    assert len(all_doors) == 6
    assert len(forgeries) > 140


@pytest.mark.asvs("9.2.3", "9.2.4", "10.3.1")
async def test_a_service_s_token_is_good_at_one_door_alone(stack: Stack, ada: Browser):
    user = ada.user.rpartition("/")[2]
    for actor, to in (("chat", "llm"), ("llm", "chat")):
        token = {actor: delegated(stack, actor, to, user)}
        async with doors(stack) as all_doors:
            others = [door for door in all_doors if door.name != to]
            for door in others:
                assert await let_in(door, ada, token) == [], door.name


async def headers_let_in(
    door: Door, browser: Browser, metadata: Sequence[tuple[str, str]]
) -> bool:
    try:
        await door.knock(replace(browser, token=""), metadata)
    except grpc.aio.AioRpcError as error:
        return refusal_of(error) != REFUSED
    return True


@pytest.mark.asvs("4.1.3", "8.3.1")
@pytest.mark.parametrize(
    "headers",
    [
        ("authorization: {token}",),
        ("authorization: Basic {token}",),
        ("authorization: Bearer",),
        ("authorization: Bearer {token} {token}",),
        ("authorization: Bearer,{token}",),
        ("authorization: Bearer {other}", "authorization: Bearer {token}"),
        ("authorization: Bearer {token}", "authorization: Bearer {other}"),
        ("authorization: Basic x", "authorization: Bearer {token}"),
        ("x-jwt-payload: {payload}",),
        ("x-forwarded-user: {user}", "x-user-id: {user}", "x-forwarded-email: {user}"),
        ("x-envoy-internal: true", "x-forwarded-client-cert: By=spiffe://parley/chat"),
        ("x-access-token: {token}", "cookie: access_token={token}"),
        ("proxy-authorization: Bearer {token}",),
    ],
)
async def test_a_token_counts_only_as_the_one_bearer_s(
    stack: Stack, ada: Browser, headers: Sequence[str]
):
    metadata = []
    for header in headers:
        name, _, value = header.partition(": ")
        filled = value.format(
            token=ada.token,
            other=f"{ada.token[:-4]}AAAA",
            payload=ada.token.split(".")[1],
            user=ada.user,
        )
        metadata.append((name, filled))
    async with doors(stack) as all_doors:
        assert not [
            door.name for door in all_doors if await headers_let_in(door, ada, metadata)
        ]


@pytest.mark.asvs("14.2.1")
@pytest.mark.parametrize("name", ["access_token", "token", "authorization", "jwt"])
async def test_a_token_in_a_url_is_not_seen(stack: Stack, ada: Browser, name: str):
    async with aiohttp.ClientSession() as http:
        url = f"{stack.url}/v1/{ada.user}/conversations"
        async with http.get(url, params={name: ada.token}) as response:
            assert response.status == 401
            assert ada.token not in await response.text()


async def test_a_header_that_is_no_text_is_refused(stack: Stack, ada: Browser):
    """Written to the socket: no library would."""
    host = stack.url.removeprefix("http://")
    port = int(host.partition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /v1/{ada.user}/conversations HTTP/1.1\r\nhost: {host}\r\n".encode()
        + b"connection: close\r\nauthorization: Bearer \xff\xfe\xf0\r\n\r\n"
    )

    status = await reader.readline()
    writer.close()

    assert status.split()[1] in (b"401", b"400")
