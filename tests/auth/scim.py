"""What an identity provider says to Parley, in tests."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx2 as httpx

from services.kit.jwk import to_jwk
from services.kit.postgres import Database
from tests.identity import Identity

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Erased:
    """A service that keeps something of users."""

    def __init__(self) -> None:
        self.users: list[str] = []

    async def erase(self, user_id: object, *, token: str) -> None:
        self.users.append(str(user_id))


async def own(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO users (id, email, email_key, display_name, create_time, role)"
            " VALUES (gen_random_uuid(), 'Owner@example.com', 'owner@example.com',"
            " 'Owner', now(), 'owner')"
        )


def token(identity: Identity, scope: str = "scim") -> str:
    """What an API key is exchanged for at the edge."""
    claims = identity.claims(uuid4())
    del claims["sid"]
    claims |= {"scope": scope, "key": str(uuid4())}
    return identity.sign(claims, header={"kid": to_jwk(identity.key)["kid"]})


def person(name: str = "", **more: object) -> dict[str, object]:
    email = f"{name or uuid4().hex}@example.com"
    return {
        "schemas": [USER],
        "userName": email,
        "name": {"givenName": "Bo", "familyName": "Li"},
        "emails": [{"value": email, "type": "work", "primary": True}],
        "active": True,
        **more,
    }


async def created(scim: httpx.AsyncClient, name: str = "", **more: object) -> Any:
    answer = await scim.post("/Users", json=person(name, **more))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def made(scim: httpx.AsyncClient, name: str, *members: str) -> Any:
    group = {
        "schemas": [GROUP],
        "displayName": name,
        "members": [{"value": each} for each in members],
    }
    answer = await scim.post("/Groups", json=group)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def patched(
    scim: httpx.AsyncClient, path: str, *operations: Mapping[str, object]
) -> httpx.Response:
    # As text, in which also half of a character can be written.
    patch = json.dumps({"schemas": [PATCH], "Operations": operations})
    return await scim.patch(path, content=patch)


async def found(scim: httpx.AsyncClient, filter: str, kind: str = "Users") -> list[str]:
    answer = await scim.get(f"/{kind}", params={"filter": filter})
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json().get("Resources", [])]


def is_error(answer: httpx.Response, status: int, kind: str | None = None) -> bool:
    said = answer.json()
    return (
        answer.status_code == status
        and answer.headers["content-type"] == "application/scim+json"
        and said["schemas"] == [ERROR]
        and said["status"] == str(status)
        and said.get("scimType") == kind
    )
