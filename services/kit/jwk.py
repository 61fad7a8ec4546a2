"""Keys that sign tokens (ES256), and how they are published (RFC 7517)."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ALGORITHM = "ES256"
COORDINATE_BYTES = 32
PRIVATE = "d"  # the member of a JWK that is its private half

Jwk = dict[str, Any]


def to_jwk(key: EllipticCurvePrivateKey) -> dict[str, str]:
    """Return the public half of a key (RFC 7517), its ID the thumbprint (RFC 7638)."""
    point = key.public_key().public_numbers()
    jwk = {
        "crv": "P-256",
        "kty": "EC",
        "x": base64url(point.x.to_bytes(COORDINATE_BYTES)),
        "y": base64url(point.y.to_bytes(COORDINATE_BYTES)),
    }
    canonical = json.dumps(jwk, separators=(",", ":"), sort_keys=True)
    kid = base64url(hashlib.sha256(canonical.encode()).digest())
    return {**jwk, "use": "sig", "alg": ALGORITHM, "kid": kid}


def base64url(data: bytes) -> str:
    """Encode as RFC 7515 has it: without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def read_signing_key(path: Path) -> EllipticCurvePrivateKey:
    """Read a key that signs tokens, or raise ValueError."""
    pem, expected = (
        content(path),
        "expected a private key on P-256, unencrypted, as PEM",
    )
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: {expected}") from error
    if not isinstance(key, EllipticCurvePrivateKey):
        raise ValueError(f"{path}: {expected}")
    if not isinstance(key.curve, SECP256R1):
        raise ValueError(f"{path}: {expected}")
    return key


def read_key_set(path: Path) -> Sequence[Jwk]:
    """Read the public keys of a JWK set, at least one, or raise ValueError."""
    text, expected = content(path), "expected a JWK set of public keys on P-256"
    try:
        keys = [jwk(key) for key in json.loads(text)["keys"]]
    except (
        jwt.PyJWTError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
    ) as error:
        raise ValueError(f"{path}: {expected}") from error
    if not keys:
        raise ValueError(f"{path}: {expected}")
    return keys


def jwk(value: Jwk) -> Jwk:
    """Return a public key as `to_jwk` writes it, or raise one of several errors."""
    jwt.PyJWK(value, ALGORITHM)
    # A secret has no business here, and a key without a name is never found.
    if PRIVATE in value or not isinstance(value["kid"], str):
        raise ValueError
    # What other programs write beside that (`key_ops`, `x5c`) is not asked.
    named = {name: value[name] for name in ("crv", "kty", "x", "y", "kid")}
    return {**named, "use": "sig", "alg": ALGORITHM}


def content(path: Path) -> bytes:
    """Read a file, or raise ValueError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
