"""OAuth's wire form at the edge: forms in, JSON out (RFC 6749, RFC 8414, RFC 8628)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

import parley_client
from parley.auth.v1 import device_service_pb2 as pb
from parley_client import Parley
from tests.stack import Stack

PASSWORD = "correct horse battery"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
async def person(stack: Stack) -> AsyncIterator[Parley]:
    """Somebody who has just signed up."""
    async with parley_client.connect(stack.url) as parley:
        await parley.sign_up(f"{uuid4().hex}@parley.example", PASSWORD)
        yield parley


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


async def post(
    http: aiohttp.ClientSession, url: str, body: Any, **headers: str
) -> tuple[int, dict[str, Any]]:
    async with http.post(url, data=body, headers=headers) as response:
        assert response.content_type == "application/json"
        assert response.headers["cache-control"] == "no-store"
        assert "x-parley-status" not in response.headers
        return response.status, await response.json()


async def approved(
    http: aiohttp.ClientSession, url: str, ask: dict[str, str], interval: int
) -> dict[str, Any]:
    """Poll as RFC 8628 says, after having been told once to slow down."""
    async with asyncio.timeout(30):
        while True:
            await asyncio.sleep(2 * interval)
            status, answer = await post(http, url, ask)
            if status == 200:
                return answer
            assert answer["error"] in ("authorization_pending", "slow_down")


async def test_a_client_that_knows_oauth_alone_is_signed_in(
    stack: Stack, http: aiohttp.ClientSession, person: Parley
) -> None:
    async with http.get(f"{stack.url}/.well-known/oauth-authorization-server") as found:
        server = await found.json()
    assert server["response_types_supported"] == []
    begin, token = server["device_authorization_endpoint"], server["token_endpoint"]
    status, codes = await post(
        http, begin, {"client_id": 'my "töol" & co', "unknown": "x"}
    )
    assert status == 200
    approve = pb.ApproveDeviceAuthorizationRequest(user_code=codes["user_code"])
    shown = await person.stubs.devices.GetDeviceAuthorization(
        pb.GetDeviceAuthorizationRequest(user_code=codes["user_code"])
    )
    ask = {"grant_type": DEVICE_CODE, "device_code": codes["device_code"]}
    early = await post(http, token, ask)
    await person.stubs.devices.ApproveDeviceAuthorization(approve)

    first = await approved(http, token, ask, codes["interval"])
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    status, second = await post(http, token, refresh)

    assert shown.device_authorization.display_name == 'my "töol" & co'
    assert early == (400, {"error": "slow_down"})
    assert status == 200
    assert second["token_type"] == "Bearer"
    bearer = {"authorization": f"Bearer {second['access_token']}"}
    async with http.get(f"{stack.url}/v1/models", headers=bearer) as models:
        assert models.status == 200


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded"),
        (b'{"grant_type": "refresh_token"}', "application/json"),
        (b"grant_type=password", "text/plain"),
    ],
)
async def test_what_is_no_form_of_oauth_is_refused_in_its_words(
    stack: Stack, http: aiohttp.ClientSession, body: bytes, content_type: str
) -> None:
    answer = await post(
        http, f"{stack.url}/oauth/token", body, **{"content-type": content_type}
    )

    assert answer == (400, {"error": "invalid_request"})


@pytest.mark.parametrize(
    "body",
    [
        b"grant_type=%22%7D%2C%7B",
        b"grant_type=%00%0A%5C",
        b"grant_type=%u0041%zz%",
        b"=&&grant_type&&",
        b"grant_type=" + b"x" * 10_000,
    ],
)
async def test_what_a_form_says_stays_in_its_field(
    stack: Stack, http: aiohttp.ClientSession, body: bytes
) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}

    answer = await post(http, f"{stack.url}/oauth/token", body, **form)

    assert answer == (400, {"error": "unsupported_grant_type"})


async def test_forms_are_taken_nowhere_else(
    stack: Stack, http: aiohttp.ClientSession
) -> None:
    form = {"email": "ada@example.com", "password": PASSWORD}

    async with http.post(f"{stack.url}/v1/sessions", data=form) as response:
        assert response.status == 400
        assert "INVALID_JSON" in await response.text()
