"""Access tokens: what they say, and which are refused by auth itself (RFC 8725)."""

from datetime import UTC, datetime
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from parley.auth.v1 import account_service_pb2 as pb
from services.auth.roles.model import OWNER
from services.kit.jwk import to_jwk
from tests.auth.browser import Api, Browser
from tests.calls import refusal

Key = ec.EllipticCurvePrivateKey


async def test_says_who_for_whom_and_for_how_long(alice: Browser, signing_key: Key):
    header = jwt.get_unverified_header(alice.token)
    claims = jwt.decode(alice.token, options={"verify_signature": False})

    assert header == {
        "alg": "ES256",
        "typ": "at+jwt",
        "kid": to_jwk(signing_key)["kid"],
    }
    assert set(claims) == {
        *("iss", "aud", "sub", "sid", "iat", "exp", "jti"),
        *("scope", "amr", "auth_time", "ver"),
    }
    assert claims["scope"].split() == sorted(OWNER)  # who came first
    assert claims["amr"] == ["pwd"]
    assert claims["auth_time"] == alice.session.create_time.seconds
    assert (claims["iss"], claims["aud"]) == ("parley", "parley")
    assert f"users/{claims['sub']}/sessions/{claims['sid']}" == alice.session.name
    assert claims["exp"] - claims["iat"] == 300
    assert abs(claims["iat"] - datetime.now(UTC).timestamp()) < 10
    assert UUID(claims["jti"])


@pytest.mark.asvs("7.2.2")
async def test_no_two_are_the_same(api: Api, alice: Browser):
    tokens = set()
    for _ in range(5):
        tokens.add((await alice.refresh()).token)

    assert len(tokens) == 5


NO_BEARER = [
    "{token}",
    "Basic {token}",
    "Bearer",
    "Bearer {token} {token}",
    "Bearer,{token}",
]


async def test_a_token_is_shown_as_a_bearer_shows_it(alice: Browser):
    for authorization in NO_BEARER:
        call = alice.api.accounts.GetUser(
            pb.GetUserRequest(name=alice.user),
            metadata=[("authorization", authorization.format(token=alice.token))],
        )

        assert (await refusal(call)).reason == "UNAUTHENTICATED"


@pytest.mark.asvs("9.2.2")
async def test_a_refresh_token_is_no_access_token(alice: Browser):
    alice.token = alice.cookie

    assert (await refusal(alice.get_user())).reason == "UNAUTHENTICATED"
