"""KeyService.GetJsonWebKeySet, called as the edge and the services call it."""

import json

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.json_format import MessageToJson

from parley.auth.v1 import key_service_pb2 as pb
from services.kit.jwk import to_jwk
from tests.auth.browser import Api, Browser


async def test_the_json_form_is_a_key_set_that_verifies_tokens(
    api: Api, alice: Browser
):
    answer = await api.keys.GetJsonWebKeySet(pb.GetJsonWebKeySetRequest())

    published = json.loads(MessageToJson(answer))
    assert set(published) == {"keys"}
    (key,) = published["keys"]
    assert set(key) == {"kty", "use", "alg", "kid", "crv", "x", "y"}
    assert (key["kty"], key["crv"], key["alg"]) == ("EC", "P-256", "ES256")
    assert key["use"] == "sig"
    verifying = jwt.PyJWKSet.from_dict(published)[key["kid"]]
    claims = jwt.decode(alice.token, verifying, algorithms=["ES256"], audience="parley")
    assert f"users/{claims['sub']}" == alice.user


async def test_it_may_be_cached_for_five_minutes(api: Api):
    call = api.keys.GetJsonWebKeySet(pb.GetJsonWebKeySetRequest())

    metadata = [tuple(entry) for entry in await call.initial_metadata() or ()]

    assert ("cache-control", "public, max-age=300") in metadata


def test_coordinates_keep_their_leading_zeros():
    """As RFC 7518 6.2.1.2 has it: 32 octets, whatever the number."""
    sizes = set()
    for secret in range(1, 2000):
        key = ec.derive_private_key(secret, ec.SECP256R1())
        point = key.public_key().public_numbers()
        if min(point.x, point.y).bit_length() <= 248:
            sizes |= {len(to_jwk(key)[name]) for name in "xy"}

    assert sizes == {43}


def test_the_id_is_the_thumbprint_of_rfc_7638():
    """The key of RFC 7517 A.1, whose thumbprint other implementations agree on."""
    secret = "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"
    number = int.from_bytes(jwt.utils.base64url_decode(secret))
    key = ec.derive_private_key(number, ec.SECP256R1())

    jwk = to_jwk(key)

    assert jwk["x"] == "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
    assert jwk["kid"] == "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"
