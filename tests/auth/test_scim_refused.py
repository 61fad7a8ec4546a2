"""SCIM 2.0 at the edge: what bad input gets, and who may not ask."""

from uuid import uuid4

import httpx2 as httpx
import pytest

from services.kit.jwk import to_jwk
from tests.auth.scim import (
    GROUP,
    SEARCH,
    created,
    found,
    is_error,
    patched,
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
        'userName eq "\\ud800"',
        "not (" * 190 + 'userName eq "x"' + ")" * 190,
        'userName eq "x" and ' * 40 + "not",
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
        b'{"userName": "\\ud800"}',
        b'{"a": ' * 50_000,
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
        {"emails": [{"value": "a@b.example\n"}]},
        {"userName": "\0"},
        {"displayName": "a\nb"},
    ],
)
async def test_what_is_too_long_or_no_address_is_refused(
    scim: httpx.AsyncClient, more: dict[str, object]
):
    answer = await scim.post("/Users", json=person() | more)

    assert is_error(answer, 400, "invalidValue"), answer.text


NO_CHANGES: list[dict[str, object]] = [
    {"op": "replace", "path": "(" * 100_000, "value": 1},
    {"op": "replace", "path": "name" + ".x" * 50_000, "value": 1},
    {"op": "add", "path": "emails[" + "not (" * 50_000, "value": 1},
    {"op": "remove", "path": 'emails[value eq "\ud800"]'},
    {"op": "remove", "path": 'emails[value eq "\\ud800"]'},
    {"op": "replace", "path": "displayName", "value": "\ud800"},
    {"op": "replace", "path": "displayName", "value": {"a": {"b": []}}},
    {"op": "replace", "value": [1, 2]},
    {"op": "replace", "path": "id", "value": "x"},
    {"op": "replace", "path": "emails", "value": []},
    {"op": "replace", "path": "active", "value": "perhaps"},
    {"op": "move", "path": "active"},
    {"op": "remove"},
]


@pytest.mark.asvs("2.2.1")
async def test_a_change_that_is_none_is_refused(scim: httpx.AsyncClient):
    made = await created(scim)
    path = f"/Users/{made['id']}"

    for operation in NO_CHANGES:
        answer = await patched(scim, path, operation)
        assert answer.status_code in (200, 400), (answer.text, str(operation)[:200])

    kept = (await scim.get(path)).json()
    assert {**kept, "meta": None} == {**made, "meta": None}


@pytest.mark.asvs("2.2.1")
async def test_a_search_that_counts_far_finds_what_there_is(scim: httpx.AsyncClient):
    search = {"schemas": [SEARCH], "startIndex": -(10**30), "count": 10**30}
    far = await scim.post("/Users/.search", json=search)
    none = await scim.post("/Users/.search", json=search | {"startIndex": 10**30})

    assert far.status_code == 200, far.text
    assert [each["userName"] for each in far.json()["Resources"]] == [
        "Owner@example.com"
    ]
    assert none.status_code == 200, none.text
    assert none.json().get("Resources", []) == []


async def test_names_and_addresses_are_one_users(scim: httpx.AsyncClient):
    await created(scim, "ann")

    for more in ({}, {"userName": "other"}, {"emails": [{"value": "b@example.com"}]}):
        answer = await scim.post("/Users", json=person("ANN") | more)
        assert is_error(answer, 409, "uniqueness"), answer.text


@pytest.mark.asvs("2.3.3")
async def test_of_a_group_with_somebody_who_is_nobody_nothing_is_left(
    scim: httpx.AsyncClient,
):
    member = {"value": str(uuid4())}
    group = {"schemas": [GROUP], "displayName": "Sales", "members": [member]}

    for _ in range(2):
        assert is_error(await scim.post("/Groups", json=group), 404)

    assert await found(scim, 'displayName eq "sales"', "Groups") == []


@pytest.mark.asvs("7.5.1")
async def test_a_person_provisions_only_who_has_shown_lately_who_they_are(
    base: str, issuer: Identity, scim: httpx.AsyncClient
):
    made = await created(scim)
    path = f"/Users/{made['id']}"
    claims = issuer.claims(uuid4()) | {"scope": "scim", "auth_time": 0}
    signed = issuer.sign(claims, header={"kid": to_jwk(issuer.key)["kid"]})
    headers = {"authorization": f"Bearer {signed}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=20) as person_:
        seen = await person_.get(path)
        refused = [
            await person_.post("/Users", json=person()),
            await person_.put(path, json=person()),
            await patched(person_, path, {"op": "remove", "path": "externalId"}),
            await person_.delete(path),
        ]

    assert seen.status_code == 200, seen.text
    assert [each.status_code for each in refused] == [409] * 4
    assert "Show once more who you are" in refused[0].text
    assert (await scim.get(path)).json()["userName"] == made["userName"]


@pytest.mark.asvs("8.2.1")
@pytest.mark.parametrize("scope", ["", "account chat", "users_read users_write"])
async def test_nobody_else_provisions(base: str, issuer: Identity, scope: str):
    headers = {"authorization": f"Bearer {token(issuer, scope)}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=20) as client:
        assert (await client.get("/Users")).status_code == 403
        assert (await client.post("/Users", json=person())).status_code == 403
    async with httpx.AsyncClient(base_url=base, timeout=20) as stranger:
        assert (await stranger.get("/Users")).status_code == 401
        assert (await stranger.get("/Schemas")).status_code == 401
