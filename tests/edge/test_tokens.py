"""An access token is believed only if auth signed it, for Parley, for now."""

import time

import pytest
from cryptography.hazmat.primitives import serialization

from tests.edge.protocols import Client, JsonClient, bearer
from tests.edge.rpcs import (
    ASK_FOR_IT,
    CREATE_USER,
    GET,
    GET_SHARED,
    NEW_USER,
    SHOW_IT,
)
from tests.edge.servicers import Script
from tests.edge.tokens import USER, Signer, forge

NOW = int(time.time())
BAD = [
    "nonsense",
    "unsigned",
    "signed with the public key",
    "signed with a key in its own header",
    "signed with a key that auth does not have",
    "changed after it was signed",
    "for another audience",
    "by another issuer",
    "for nobody in particular",
    "expired",
    "without an end",
    "with an end far away",
    "not yet valid",
]


@pytest.fixture(params=BAD)
def bad_token(request: pytest.FixtureRequest, signer: Signer) -> str:
    """Each kind of token that is not to be believed."""
    claims = {"iss": "parley", "aud": "parley", "sub": USER, "exp": NOW + 300}
    good = signer.token()
    stranger = Signer()
    public = signer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head, _, signature = good.split(".")
    other = signer.token(sub="somebody else").split(".")[1]
    tokens = {
        "nonsense": "a.b.c",
        "unsigned": forge("none", claims),
        "signed with the public key": forge("HS256", claims, public),
        "signed with a key in its own header": stranger.token({"jwk": stranger.jwk}),
        "signed with a key that auth does not have": stranger.token({"kid": "other"}),
        "changed after it was signed": f"{head}.{other}.{signature}",
        "for another audience": signer.token(aud="other"),
        "by another issuer": signer.token(iss="other"),
        "for nobody in particular": signer.token(aud=None),
        "expired": signer.token(exp=NOW - 10),
        "without an end": signer.token(exp=None),
        "with an end far away": signer.token(exp=NOW + 86_400),
        "not yet valid": signer.token(nbf=NOW + 3_600),
    }
    assert sorted(tokens) == sorted(BAD)
    return tokens[request.param]


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.3", "10.3.1")
async def test_a_bad_token_is_refused(
    bad_token: str, script: Script, client: Client
) -> None:
    answer = await client.call(GET, ASK_FOR_IT, token=bad_token)

    assert (answer.code, answer.reason) == ("UNAUTHENTICATED", "UNAUTHENTICATED")
    assert not script.seen


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


async def test_a_bad_token_is_refused_even_where_none_is_needed(
    bad_token: str, script: Script, client: Client
) -> None:
    answer = await client.call(GET_SHARED, SHOW_IT, token=bad_token)

    assert (answer.code, answer.reason) == ("UNAUTHENTICATED", "UNAUTHENTICATED")
    assert not script.seen
