"""SCIM 2.0 at the edge: what bad input gets, and who may not ask."""

import httpx2 as httpx
import pytest

from tests.auth.scim import (
    created,
    found,
    is_error,
    person,
    token,
)
from tests.identity import Identity


@pytest.mark.asvs("1.2.4")
@pytest.mark.parametrize(
    "value",
    ["' OR '1'='1", "'; DROP TABLE users; --", "%", "_", "%s", "$1", "ü" * 300],
)
async def test_a_filter_is_never_more_than_a_value(scim: httpx.AsyncClient, value: str):
    await created(scim)

    assert await found(scim, f'userName eq "{value}"') == []
    assert await found(scim, f'externalId sw "{value}"') == []
    assert await found(scim, 'userName eq "owner@example.com"') != []


@pytest.mark.asvs("2.2.1", "4.3.1")
@pytest.mark.parametrize(
    "filter",
    [
        "userName",
        "userName eq",
        'password eq "x"',
        'userName gt "a"',
        'emails[type eq "work"]',
        "userName eq 'x'",
        'userName eq "x" or 1=1',
        'userName eq "' + "x" * 1_000 + '"',
        "(" * 500 + 'userName eq "x"' + ")" * 500,
        'userName eq "\\u0000"',
    ],
)
async def test_a_filter_that_is_none_is_refused(scim: httpx.AsyncClient, filter: str):
    answer = await scim.get("/Users", params={"filter": filter})

    assert is_error(answer, 400, "invalidFilter"), answer.text


@pytest.mark.asvs("4.1.1")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 100_000,
        b'{"schemas": []}',
        b"\xff",
        b'{"userName": 1}',
    ],
)
async def test_what_is_no_user_is_refused(scim: httpx.AsyncClient, content: bytes):
    answer = await scim.post("/Users", content=content)

    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/scim+json"


@pytest.mark.parametrize(
    "more",
    [
        {"userName": "x" * 201},
        {"userName": "no address", "emails": []},
        {"displayName": "x" * 101},
        {"name": {"givenName": "x" * 201}},
        {"externalId": "x" * 201},
        {"emails": [{"value": "not one"}]},
    ],
)
async def test_what_is_too_long_or_no_address_is_refused(
    scim: httpx.AsyncClient, more: dict[str, object]
):
    answer = await scim.post("/Users", json=person() | more)

    assert is_error(answer, 400, "invalidValue"), answer.text


async def test_names_and_addresses_are_one_users(scim: httpx.AsyncClient):
    await created(scim, "ann")

    for more in ({}, {"userName": "other"}, {"emails": [{"value": "b@example.com"}]}):
        answer = await scim.post("/Users", json=person("ANN") | more)
        assert is_error(answer, 409, "uniqueness"), answer.text


@pytest.mark.asvs("8.2.1")
@pytest.mark.parametrize("scope", ["", "account chat", "users_read users_write"])
async def test_nobody_else_provisions(base: str, issuer: Identity, scope: str):
    headers = {"authorization": f"Bearer {token(issuer, scope)}"}
    async with httpx.AsyncClient(base_url=base, headers=headers) as client:
        assert (await client.get("/Users")).status_code == 403
        assert (await client.post("/Users", json=person())).status_code == 403
    async with httpx.AsyncClient(base_url=base) as stranger:
        assert (await stranger.get("/Users")).status_code == 401
        assert (await stranger.get("/Schemas")).status_code == 401
