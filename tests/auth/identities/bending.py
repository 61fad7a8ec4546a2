"""How an issuer is bent to do wrong (`tests/doubles/hostile_issuer.py`)."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.doubles.hostile_issuer import HostileIssuer, Json

Bend = Callable[[HostileIssuer], None]


def saying(**claims: Any) -> Bend:
    """Have the ID token say something else; None leaves a claim out."""

    def bent(found: Json) -> Json:
        said = {**found, **claims}
        return {name: value for name, value in said.items() if value is not None}

    def bend(issuer: HostileIssuer) -> None:
        issuer.claims = bent

    return bend


def nested(part: int) -> str:
    """Make a token of which a part is as deep as fits."""
    parts = [b'{"alg": "RS256", "kid": "one"}', b"{}", b"signature"]
    parts[part] = b"[" * 5_000 + b"]" * 5_000
    return ".".join(urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts)


def headed(**header: Any) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.header = lambda found: {**found, **header}

    return bend


def described(**metadata: Any) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.metadata = lambda found: {
            name: value.format(url=issuer.url) if isinstance(value, str) else value
            for name, value in {**found, **metadata}.items()
        }

    return bend


def handing_out(**tokens: Any) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.tokens = lambda found: {
            name: value
            for name, value in {**found, **tokens}.items()
            if value is not None
        }

    return bend


def publishing(*keys: Json) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.jwks = lambda _: {"keys": list(keys)}

    return bend


def answering(path: str, **response: Any) -> Bend:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(**response)

    def bend(issuer: HostileIssuer) -> None:
        issuer.answers[path] = answer

    return bend


def slow(path: str) -> Bend:
    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    def bend(issuer: HostileIssuer) -> None:
        issuer.answers[path] = answer

    return bend


def signing(sign: Callable[[HostileIssuer, Json, Json], str]) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.sign = lambda claims, header: sign(issuer, claims, header)

    return bend


def by_key(key: Any, algorithm: str) -> Bend:
    return signing(
        lambda _, claims, header: jwt.encode(
            claims, key, algorithm, {**header, "alg": algorithm}
        )
    )


def unsigned(_: HostileIssuer, claims: Json, header: Json) -> str:
    return jwt.encode(claims, None, "none", {**header, "alg": "none"})  # type: ignore[arg-type]


def signed_with_the_public_key(
    issuer: HostileIssuer, claims: Json, header: Json
) -> str:
    """HMAC with what everybody knows; by hand, as PyJWT refuses to."""
    pem = issuer.key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    parts = [{**header, "alg": "HS256"}, claims]
    text = b".".join(
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts
    )
    signature = urlsafe_b64encode(hmac.digest(pem, text, "sha256")).rstrip(b"=")
    return (text + b"." + signature).decode()


def tampered(issuer: HostileIssuer, claims: Json, header: Json) -> str:
    start, _, signature = issuer.signed(claims, header).rpartition(".")
    other = issuer.signed({**claims, "sub": "the victim"}, header).rpartition(".")[0]
    assert other != start
    return f"{other}.{signature}"


def without_email(bend: Bend) -> Bend:
    """Have the ID token hold no address, so that `/userinfo` is asked."""

    def both(issuer: HostileIssuer) -> None:
        saying(email=None)(issuer)
        bend(issuer)

    return both


def userinfo(**claims: Any) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.userinfo = lambda found: {**found, **claims}

    return bend
