"""What an ID token has to be (OpenID Connect Core 3.1.3.7). No I/O."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256, sha512
from typing import Any

import jwt

from services.auth.identities.model import MAX_SUBJECT, Untrusted
from services.auth.identities.registration import TENANT, Algorithm, Registration
from services.kit.jwk import base64url

LEEWAY_SECONDS = 60  # how far the clocks of two organizations may be apart
MAX_TOKEN = 16 * 1024
KEY_TYPES: dict[Algorithm, str] = {
    "RS256": "RSA",
    "PS256": "RSA",
    "ES256": "EC",
    "EdDSA": "OKP",
}
CURVES = {"ES256": "P-256", "EdDSA": "Ed25519"}
# What a token comes to that no honest provider wrote.
FORGED = (
    jwt.PyJWTError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]

Claims = dict[str, Any]
Jwks = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token has to fit, besides its registration."""

    nonce: str = field(repr=False)
    access_token: str = field(repr=False)
    begun: datetime


def header_of(token: str) -> tuple[Algorithm | str, str | None]:
    """Read algorithm and key ID, or raise `Untrusted`."""
    if len(token) > MAX_TOKEN or token.count(".") != 2:
        raise Untrusted("ID token no JWS")
    try:
        header = jwt.get_unverified_header(token)
    except FORGED as error:
        raise Untrusted("ID token no JWS") from error
    if str(header.get("typ", "JWT")).upper() != "JWT" or "crit" in header:
        raise Untrusted("ID token of another type")
    kid = header.get("kid")
    return str(header.get("alg")), kid if isinstance(kid, str) else None


def key_for(keys: Jwks, algorithm: Algorithm, kid: str | None) -> dict[str, Any] | None:
    """Find the one key of a provider that may have signed."""
    fitting = [
        key
        for key in keys
        if key.get("kty") == KEY_TYPES[algorithm]
        and key.get("crv") == CURVES.get(algorithm)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]
    return fitting[0] if len(fitting) == 1 else None


def claims_of(
    token: str,
    key: dict[str, Any],
    algorithm: Algorithm,
    registration: Registration,
    expected: Expected,
) -> Claims:
    """Verify a token that a key of the provider's signs, or raise `Untrusted`."""
    try:
        claims: Claims = jwt.decode(
            token,
            jwt.PyJWK(key, algorithm),
            algorithms=[algorithm],
            audience=registration.client_id,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED},
        )
        check_issuer(claims, key, registration)
        check_audience(claims, registration.client_id)
        check_subject(claims["sub"])
        check_sign_in(claims, expected)
        check_access_token(claims, algorithm, expected.access_token)
        check_auth_time(claims)
    except FORGED as error:
        raise Untrusted(f"ID token: {type(error).__name__}") from error
    return claims


def check_issuer(
    claims: Claims, key: dict[str, Any], registration: Registration
) -> None:
    """
    Compare the issuer, to the letter.

    At a provider of many tenants it holds the token's own, which has to be one of those
    that may come; a key may be of one tenant alone.
    """
    wanted = registration.issuer
    if TENANT in wanted:
        tenant = claims.get("tid")
        if not isinstance(tenant, str) or not tenant or "/" in tenant:
            raise Untrusted("ID token: tid")
        if registration.tenants and tenant not in registration.tenants:
            raise Untrusted("ID token: tenant not admitted")
        wanted = wanted.replace(TENANT, tenant)
        owner = str(key.get("issuer", wanted))
        if owner.replace(TENANT, tenant) != wanted:
            raise Untrusted("ID token: key of another tenant")
    if claims["iss"] != wanted:
        raise Untrusted("ID token: iss")


def check_audience(claims: Claims, client_id: str) -> None:
    """Refuse a token that is for others too, unless it was made for Parley."""
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) != 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise Untrusted("ID token: azp")


def check_subject(subject: object) -> None:
    """Refuse what can be no subject."""
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise Untrusted("ID token: sub")
    if not subject.isascii() or not subject.isprintable():
        raise Untrusted("ID token: sub")


def check_sign_in(claims: Claims, expected: Expected) -> None:
    """Refuse a token of another sign-in."""
    nonce = str(claims["nonce"]).encode()
    if not hmac.compare_digest(nonce, expected.nonce.encode()):
        raise Untrusted("ID token: nonce")
    if float(claims["iat"]) < expected.begun.timestamp() - LEEWAY_SECONDS:
        raise Untrusted("ID token: older than its sign-in")


def check_access_token(claims: Claims, algorithm: Algorithm, token: str) -> None:
    """Compare the access token with its hash, where there is one."""
    if (found := claims.get("at_hash")) is None:
        return
    digest = (sha512 if algorithm == "EdDSA" else sha256)(token.encode()).digest()
    half = base64url(digest[: len(digest) // 2])
    if not hmac.compare_digest(str(found).encode(), half.encode()):
        raise Untrusted("ID token: at_hash")


def check_auth_time(claims: Claims) -> None:
    """Refuse what can be no time, or has not come yet: if there is none, so be it."""
    if (said := claims.get("auth_time")) is None:
        return
    # `True` is a number to Python.
    if (
        type(said) not in (int, float)
        or not 0 <= said <= claims["iat"] + LEEWAY_SECONDS
    ):
        raise Untrusted("ID token: auth_time")
