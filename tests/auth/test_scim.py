"""SCIM 2.0 at the edge: a real Envoy, a real auth, and checks that others wrote."""

import asyncio
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from services.kit.jwk import to_jwk
from services.kit.postgres import Database
from tests.auth.scim import (
    USER,
    Erased,
    created,
    found,
    is_error,
    made,
    patched,
    person,
    token,
)
from tests.auth.told import Told
from tests.identity import Identity

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
# What the checker does not like, and is so on purpose: all resources at once are not
# searched (RFC 7644 3.4.3: MAY), and the one address kept is the primary one, for work.
KNOWN = {
    ("search_with_attributes", "Specified resource or endpoint does not exist"),
    (
        "check_replace_attribute",
        "PATCH modify() returned unexpected value for 'emails'",
    ),
}


async def test_a_key_of_the_scope_is_all_that_a_provider_needs(
    base: str, scim: httpx.AsyncClient, issuer: Identity
):
    (owner,) = await found(scim, 'userName eq "owner@example.com"')
    claims = issuer.claims(UUID(owner)) | {"scope": "api_keys scim"}
    signed = issuer.sign(claims, header={"kid": to_jwk(issuer.key)["kid"]})
    made = await scim.post(
        f"{base.removesuffix('/scim/v2')}/v1/users/{owner}/apiKeys",
        headers={
            "authorization": f"Bearer {signed}",
            "content-type": "application/json",
        },
        json={"apiKey": {"displayName": "provider", "scopes": ["scim"]}},
    )
    assert made.status_code == 200, made.text
    key = {"authorization": f"Bearer {made.json()['key']}"}

    listed = await scim.get("/Users", headers=key)
    forged = await scim.get("/Users", headers={"authorization": "Bearer parley_x"})

    assert listed.status_code == 200, listed.text
    assert listed.json()["totalResults"] == 1
    assert forged.status_code == 401


async def test_an_independent_checker_finds_nothing_amiss(base: str, issuer: Identity):
    headers = {"authorization": f"Bearer {token(issuer)}"}

    def check() -> list[Any]:
        with httpx.Client(base_url=base, headers=headers, timeout=20) as http:
            return check_server(SyncSCIMClient(http))

    results = await asyncio.to_thread(check)

    wrong = {
        (each.title, each.reason.partition(".")[0])
        for each in results
        if each.status in (Status.ERROR, Status.CRITICAL)
    }
    assert len(results) > 50
    assert wrong == KNOWN


async def test_a_user_comes_changes_is_disabled_and_goes(
    scim: httpx.AsyncClient, erased: Erased
):
    made = await created(scim, externalId="okta-1")
    path = f"/Users/{made['id']}"

    off = await patched(scim, path, {"op": "replace", "value": {"active": False}})
    seen = await found(scim, 'active eq false and externalId eq "okta-1"')
    on = await patched(scim, path, {"op": "Replace", "path": "active", "value": "True"})
    gone = await scim.delete(path)

    assert made["active"] is True
    assert off.json()["active"] is False
    assert seen == [made["id"]]
    assert on.json()["active"] is True
    assert (gone.status_code, gone.content) == (204, b"")
    assert erased.users == [made["id"]]
    assert is_error(await scim.get(path), 404)
    assert is_error(await scim.delete(path), 404)


async def test_what_entra_sends_is_understood(scim: httpx.AsyncClient):
    made = await created(scim)

    answer = await patched(
        scim,
        f"/Users/{made['id']}",
        {"op": "Add", "path": "name.givenName", "value": "Ann"},
        {
            "op": "Replace",
            "path": 'emails[type eq "work"].value',
            "value": "ann@example.org",
        },
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Sales"},
        {"op": "Replace", "path": "title", "value": "Boss"},
    )

    said = answer.json()
    assert answer.status_code == 200, said
    assert said["name"] == {"givenName": "Ann", "familyName": "Li"}
    assert [each["value"] for each in said["emails"]] == ["ann@example.org"]


async def test_groups_follow_the_provider(scim: httpx.AsyncClient):
    ann, bo = [(await created(scim))["id"] for _ in range(2)]
    group = await made(scim, "Sales", ann)
    path = f"/Groups/{group['id']}"

    added = await patched(
        scim, path, {"op": "add", "path": "members", "value": [{"value": bo}]}
    )
    removed = await patched(
        scim, path, {"op": "remove", "path": f'members[value eq "{ann}"]'}
    )
    # As Entra does, whose `remove` has a value.
    emptied = await patched(
        scim, path, {"op": "Remove", "path": "members", "value": [{"value": bo}]}
    )
    named = await patched(
        scim, path, {"op": "replace", "value": {"displayName": "Sellers"}}
    )

    assert members(added) == {ann, bo}
    assert members(removed) == {bo}
    assert members(emptied) == set()
    assert named.json()["displayName"] == "Sellers"
    assert await found(scim, 'displayName eq "SELLERS"', "Groups") == [group["id"]]


def members(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {each["value"] for each in answer.json().get("members", ())}


@pytest.mark.parametrize(
    "filter",
    [
        'userName eq "ANN.LEE@example.com"',
        'userName eq "nobody" or userName sw "ann.l"',
        'not (userName eq "nobody") and emails.value co "n.lee"',
        'emails ew "lee@example.com" and name.familyName eq "li"',
        'externalId eq "E-1"',
        'externalId pr and displayName eq "bo li"',
        f'{USER}:userName eq "ann.lee@example.com"',
    ],
)
async def test_a_filter_finds_whom_it_fits(scim: httpx.AsyncClient, filter: str):
    made = await created(scim, "ann.lee", externalId="E-1")
    await created(scim, "ANother")

    listed = await found(scim, filter)

    assert made["id"] in listed


async def test_what_is_not_said_of_a_user_stays(scim: httpx.AsyncClient):
    made = await created(scim, "ann", active=False)
    silent = {key: value for key, value in person("ann").items() if key != "active"}

    replaced = await scim.put(f"/Users/{made['id']}", json=silent)

    assert replaced.status_code == 200, replaced.text
    assert replaced.json()["active"] is False


@pytest.mark.asvs("8.2.2", "8.3.1", "16.3.2")
async def test_who_administers_is_seen_and_not_touched(
    scim: httpx.AsyncClient, erased: Erased, auth_url: str
):
    (owner,) = await found(scim, 'userName eq "owner@example.com"')
    path = f"/Users/{owner}"

    assert is_error(await scim.delete(path), 403)
    assert is_error(await scim.put(path, json=person()), 403)
    off = await patched(scim, path, {"op": "replace", "value": {"active": False}})
    assert is_error(off, 403)
    assert erased.users == []
    assert (await scim.get(path)).json()["active"] is True
    async with Database.connect(auth_url) as database:
        rpcs = await Told(database).denied()
    assert rpcs == [
        f"/parley.auth.v1.ScimService/{verb}ScimResource"
        for verb in ("Delete", "Replace", "Patch")
    ]


async def test_a_list_has_parts(scim: httpx.AsyncClient):
    for _ in range(4):
        await created(scim)

    page = (await scim.get("/Users", params={"startIndex": 2, "count": 2})).json()
    none = (await scim.get("/Users", params={"count": 0})).json()
    few = await scim.get("/Users", params={"attributes": "userName", "count": 1})

    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert (none["totalResults"], none.get("Resources", [])) == (5, [])
    assert set(few.json()["Resources"][0]) == {"schemas", "id", "userName"}
