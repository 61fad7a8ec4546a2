"""An access token is believed only if auth signed it, for Parley, for now."""

import time
from collections.abc import Mapping

import jwt
import pytest
from google.protobuf.message import Message

from tests.edge.protocols import Client, JsonClient, Rpc, bearer
from tests.edge.rpcs import (
    ASK_FOR_IT,
    CREATE_USER,
    GET,
    GET_SHARED,
    NEW_USER,
    SHOW_IT,
)
from tests.edge.servicers import Script
from tests.edge.tokens import KID, Signer
from tests.forgeries.corpus import corpus

NOW = int(time.time())
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": KID}
# Well signed, for Parley, for now: the edge asks no more.
LEFT = {
    "act no object",
    "act of no UUID",
    "act of no version",
    "act of nobody",
    "auth_time as text",
    "auth_time missing",
    "compressed",
    "critical extension",
    "critical extension unknown",
    "critical nothing",
    "exp beyond every clock",
    "groups no list",
    "groups of no UUIDs",
    "iat ahead",
    "iat missing",
    "key no UUID",
    "kid empty",
    "kid missing",
    "payload not encoded",
    "scope a list",
    "scope missing",
    "scope null",
    "sid a list",
    "sid missing",
    "sid no UUID",
    "signature padded",
    "signature with its last bits changed",
    "sub SQL",
    "sub empty",
    "sub missing",
    "sub no UUID",
    "typ JWT",
    "typ a number",
    "typ missing",
    "typ of a logout token",
    "typ of an id token",
    "ver missing",
    "ver null",
}


@pytest.fixture
def forgeries(signer: Signer) -> Mapping[str, str]:
    """Every token that is not to be believed; an empty one is none."""
    claims = jwt.decode(signer.token(), options={"verify_signature": False})
    found = corpus(signer.key, HEADER, claims)
    return {name: token for name, token in found.items() if token}


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.3")
@pytest.mark.parametrize(
    ("rpc", "request_"), [(GET, ASK_FOR_IT), (GET_SHARED, SHOW_IT)]
)
async def test_what_the_edge_believes_of_all_forgeries_is_left_to_the_services(
    rpc: Rpc,
    request_: Message,
    forgeries: Mapping[str, str],
    script: Script,
    client: Client,
):
    """Also where no token is needed. The services refuse all of them by themselves."""
    left = set()
    for name, token in forgeries.items():
        answer = await client.call(rpc, request_, token=token)
        if answer.code == "OK":
            left.add(name)
        else:
            said = (answer.code, answer.reason)
            assert said == ("UNAUTHENTICATED", "UNAUTHENTICATED"), name

    assert left == LEFT
    assert len(script.seen) == len(left)


@pytest.mark.asvs("14.2.1")
async def test_a_good_token_elsewhere_is_not_seen(
    script: Script, json_client: JsonClient, token: str
) -> None:
    for query, headers in (
        (f"?access_token={token}", {}),
        ("", {"cookie": f"access_token={token}"}),
        ("", {"x-access-token": token}),
        ("", {"authorization": f"Basic {token}"}),
    ):
        answer = await json_client.send(
            GET, f"/v1/{ASK_FOR_IT.name}{query}", "", headers=headers
        )

        assert answer.reason == "UNAUTHENTICATED"
        assert token not in str(answer)
    assert not script.seen


async def test_a_clock_may_be_a_little_off(
    client: Client, signer: Signer, script: Script
) -> None:
    answer = await client.call(GET, ASK_FOR_IT, token=signer.token(nbf=NOW + 3))

    assert answer.code == "OK"


async def test_a_bad_token_does_not_hinder_signing_in(
    script: Script, client: Client, signer: Signer
) -> None:
    answer = await client.call(CREATE_USER, NEW_USER, token=signer.token(exp=NOW - 10))

    assert answer.code == "OK"
    # A sidecar of the mesh would look at it, and refuse the call.
    assert "authorization" not in script.last.metadata


async def test_what_a_link_leads_to_is_shown_without_a_token_and_with_one(
    script: Script, client: Client, token: str
) -> None:
    for sent in ("", token):
        answer = await client.call(GET_SHARED, SHOW_IT, token=sent)

        assert answer.code == "OK"
        assert script.last.request == SHOW_IT
        assert script.last.metadata.get("authorization") == bearer(sent).get(
            "authorization"
        )
