"""Access tokens: what they say, and which are refused by auth itself (RFC 8725)."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from parley.auth.v1 import account_service_pb2 as pb
from services.auth.roles.model import OWNER
from services.kit.jwk import base64url, to_jwk
from tests.auth.browser import Api, Browser
from tests.calls import refusal

Header = dict[str, Any]
Sign = Callable[[bytes], bytes]
Key = ec.EllipticCurvePrivateKey


def compact(header: Header, claims: dict[str, Any] | bytes, sign: Sign) -> str:
    """Make a token of parts that no library would sign."""
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    signed = f"{base64url(json.dumps(header).encode())}.{base64url(body)}"
    return f"{signed}.{base64url(sign(signed.encode()))}"


def es256(key: Key) -> Sign:
    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    return sign


def hs256(secret: bytes) -> Sign:
    return lambda data: hmac.digest(secret, data, hashlib.sha256)


def pem(key: Key) -> bytes:
    return key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )


def raw(key: Key) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


ATTACKER = ec.derive_private_key(4711, ec.SECP256R1())
MISSING = object()

HEADERS: dict[str, Header] = {
    "alg none": {"alg": "none"},
    "alg None": {"alg": "None"},
    "alg missing": {"alg": MISSING},
    "alg ES384": {"alg": "ES384"},
    "alg ES256K": {"alg": "ES256K"},
    "alg RS256": {"alg": "RS256"},
    "alg a list": {"alg": ["ES256"]},
    "typ JWT": {"typ": "JWT"},
    "typ missing": {"typ": MISSING},
    "typ of an id token": {"typ": "id+jwt"},
    "typ a number": {"typ": 1},
    "kid missing": {"kid": MISSING},
    "kid unknown": {"kid": "another"},
    "kid a path": {"kid": "../../../../dev/null"},
    "kid SQL": {"kid": "' UNION SELECT 'x"},
    "kid empty": {"kid": ""},
    "kid a number": {"kid": 0},
    "kid a list": {"kid": ["x"]},
    "kid null": {"kid": None},
    "critical extension": {"crit": ["exp"], "exp": 1},
    "payload not encoded": {"crit": ["b64"], "b64": False},
}
NOW = int(datetime.now(UTC).timestamp())
CLAIMS: dict[str, dict[str, Any]] = {
    "iss wrong": {"iss": "https://evil.example"},
    "iss missing": {"iss": MISSING},
    "iss a list": {"iss": ["parley"]},
    "aud wrong": {"aud": "another"},
    "aud missing": {"aud": MISSING},
    "aud empty": {"aud": []},
    "aud a part": {"aud": "parle"},
    "exp past": {"exp": NOW - 60, "iat": NOW - 360},
    "exp missing": {"exp": MISSING},
    "exp null": {"exp": None},
    "exp no number": {"exp": "never"},
    "exp an object": {"exp": {}},
    "iat ahead": {"iat": NOW + 3600},
    "iat missing": {"iat": MISSING},
    "nbf ahead": {"nbf": NOW + 3600},
    "sub missing": {"sub": MISSING},
    "sub no UUID": {"sub": "alice"},
    "sub a number": {"sub": 1},
    "sub a list": {"sub": []},
    "sid missing": {"sid": MISSING},
    "sid no UUID": {"sid": "mine"},
}


def changed(original: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    found = {**original, **change}
    return {name: value for name, value in found.items() if value is not MISSING}


def corpus(key: Key, claims: dict[str, Any]) -> dict[str, str]:
    """Return every forgery of a token whose true claims and key these are."""
    jwk = to_jwk(key)
    header = {"alg": "ES256", "typ": "at+jwt", "kid": jwk["kid"]}
    good = es256(key)
    bad = es256(ATTACKER)
    own = to_jwk(ATTACKER)
    secrets = {
        "PEM": pem(key),
        "PEM without its end": pem(key).strip(),
        "point": raw(key),
        "x": jwk["x"].encode(),
        "JWK": json.dumps(jwk).encode(),
        "nothing": b"",
    }
    genuine = compact(header, claims, good)
    head, body, signature = genuine.split(".")
    admin = base64url(json.dumps({**claims, "sub": str(UUID(int=0))}).encode())
    der = key.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    return {
        **{
            f"unsigned: {name}": compact({**header, "alg": name}, claims, lambda _: b"")
            for name in ("none", "NONE", "nOnE", "ES256")
        },
        **{
            f"HS256 by the public key: {name}": compact(
                changed(header, {"alg": "HS256"}), claims, hs256(secret)
            )
            for name, secret in secrets.items()
        },
        **{
            name: compact(changed(header, change), claims, good)
            for name, change in HEADERS.items()
        },
        **{
            name: compact(header, changed(claims, change), good)
            for name, change in CLAIMS.items()
        },
        "another key under the kid": compact(header, claims, bad),
        "another key, named": compact({**header, "kid": own["kid"]}, claims, bad),
        "key in the header": compact({**header, "jwk": own}, claims, bad),
        "key in the header, named": compact(
            {**header, "kid": own["kid"], "jwk": own}, claims, bad
        ),
        "key by URL": compact({**header, "jku": "https://evil.example/"}, claims, bad),
        "certificate by URL": compact({**header, "x5u": "file:///"}, claims, bad),
        "certificate": compact({**header, "x5c": [own["x"]]}, claims, bad),
        "claims changed": f"{head}.{admin}.{signature}",
        "signature of zeros": compact(header, claims, lambda _: bytes(64)),
        "signature in DER": f"{head}.{body}.{base64url(der)}",
        "signature short": genuine[:-4],
        "signature empty": f"{head}.{body}.",
        "signature missing": f"{head}.{body}",
        "four parts": f"{genuine}.{signature}",
        "five parts, as if encrypted": f"{genuine}.{signature}.{signature}",
        "claims a list": compact(header, b"[]", good),
        "claims no JSON": compact(header, b"sub=alice", good),
        "claims no UTF-8": compact(header, b"\xff\xfe", good),
        "no token": "",
        "dots": "..",
        "a word": "token",
        "a long one": "e" * 6000,
    }  # fmt: skip


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
    assert claims["auth_time"] == claims["iat"]
    assert (claims["iss"], claims["aud"]) == ("parley", "parley")
    assert f"users/{claims['sub']}/sessions/{claims['sid']}" == alice.session.name
    assert claims["exp"] - claims["iat"] == 300
    assert abs(claims["iat"] - datetime.now(UTC).timestamp()) < 10
    assert UUID(claims["jti"])


async def test_no_two_are_the_same(api: Api, alice: Browser):
    tokens = set()
    for _ in range(5):
        tokens.add((await alice.refresh()).token)

    assert len(tokens) == 5


async def test_what_the_corpus_is_made_of_is_good(alice: Browser, signing_key: Key):
    """Or else the refusals of the next test would prove nothing."""
    claims = jwt.decode(alice.token, options={"verify_signature": False})
    header = {"alg": "ES256", "typ": "at+jwt", "kid": to_jwk(signing_key)["kid"]}
    alice.token = compact(header, claims, es256(signing_key))

    assert (await alice.get_user()).name == alice.user


async def test_no_forgery_is_let_in(alice: Browser, signing_key: Key):
    claims = jwt.decode(alice.token, options={"verify_signature": False})
    forgeries = corpus(signing_key, claims)
    let_in = {}

    for name, forgery in forgeries.items():
        alice.token = forgery
        refused = await refusal(alice.get_user())
        if refused.reason != "UNAUTHENTICATED" or refused.metadata:
            let_in[name] = refused

    assert let_in == {}
    assert len(forgeries) >= 60


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


async def test_a_refresh_token_is_no_access_token(alice: Browser):
    alice.token = alice.cookie

    assert (await refusal(alice.get_user())).reason == "UNAUTHENTICATED"
