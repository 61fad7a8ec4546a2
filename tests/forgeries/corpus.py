"""
Access tokens that nobody is to be let in with: one corpus for every place that checks.

Each is made of a genuine token, its claims and the very key that signed it, so that
nothing but the forgery can be why it is refused (RFC 8725; ASVS 9.1 and 9.2).
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.kit.jwk import base64url, to_jwk
from tests.forgeries.parts import MISSING, Part, headers, wrong_claims

Sign = Callable[[bytes], bytes]
Key = ec.EllipticCurvePrivateKey

ATTACKER = ec.derive_private_key(4711, ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
SHA256 = hashes.SHA256()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
DEPTH = 5000  # more than a parser's stack holds


def compact(header: Part | bytes, claims: Part | bytes, sign: Sign) -> str:
    """Make a token of parts that no library would sign."""
    signed = f"{encoded(header)}.{encoded(claims)}"
    return f"{signed}.{base64url(sign(signed.encode()))}"


def encoded(part: Part | bytes) -> str:
    """Write one part of a token."""
    return base64url(part if isinstance(part, bytes) else json.dumps(part).encode())


def changed(original: Part, change: Part) -> Part:
    """Change some of a part; `MISSING` leaves one out."""
    found = {**original, **change}
    return {name: value for name, value in found.items() if value is not MISSING}


def es256(key: Key) -> Sign:
    """Sign as auth does."""

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256)))
        return raw(r, s)

    return sign


def raw(r: int, s: int) -> bytes:
    """Write a signature as JWS has it."""
    return r.to_bytes(32) + s.to_bytes(32)


def always(signature: bytes) -> Sign:
    """Sign whatever it is alike."""
    return lambda data: signature


def hs256(secret: bytes) -> Sign:
    """Sign with a secret."""
    return lambda data: hmac.digest(secret, data, hashlib.sha256)


def corpus(key: Key, header: Part, claims: Part) -> dict[str, str]:
    """Return every forgery of a token of these parts, signed by this key."""
    good, bad = es256(key), es256(ATTACKER)
    return {
        **{
            name: compact(changed(header, change), claims, good)
            for name, change in headers(header["kid"]).items()
        },
        **{
            name: compact(header, changed(claims, change), good)
            for name, change in wrong_claims().items()
        },
        **unsigned(header, claims),
        **confused(key, header, claims),
        **by_somebody_else(header, claims, bad),
        **torn(key, header, claims),
        **twisted(header, claims, good),
    }


def unsigned(header: Part, claims: Part) -> dict[str, str]:
    """Tokens without a signature, or with one that fits everything (CVE-2022-21449)."""
    signatures = {
        "of zeros": bytes(64),
        "r nought": raw(0, 1),
        "s nought": raw(1, 0),
        "of ones": raw(1, 1),
        "of the order": raw(ORDER, ORDER),
        "beyond the order": b"\xff" * 64,
    }
    nones = ("none", "None", "NONE", "nOnE", "none ", "", "ES256")
    return {
        **{
            f"unsigned: {alg!r}": compact({**header, "alg": alg}, claims, always(b""))
            for alg in nones
        },
        "none, with a signature": compact(
            {**header, "alg": "none"}, claims, always(b"signature")
        ),
        **{
            f"signature {name}": compact(header, claims, always(signature))
            for name, signature in signatures.items()
        },
    }


def confused(key: Key, header: Part, claims: Part) -> dict[str, str]:
    """Signed by another algorithm, with what everybody has of the key or any key."""
    public, jwk = key.public_key(), to_jwk(key)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    secrets = {
        "PEM": pem,
        "PEM without its end": pem.strip(),
        "DER": der,
        "point": public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        "x": jwk["x"].encode(),
        "JWK": json.dumps(jwk).encode(),
        "kid": header["kid"].encode(),
        "nothing": b"",
    }
    p384 = ec.derive_private_key(4711, ec.SECP384R1())
    pss = padding.PSS(padding.MGF1(SHA256), 32)
    others: dict[str, Sign] = {
        "RS256": lambda data: RSA.sign(data, padding.PKCS1v15(), SHA256),
        "PS256": lambda data: RSA.sign(data, pss, SHA256),
        "EdDSA": ED25519.sign,
        "ES384": lambda data: p384.sign(data, ec.ECDSA(hashes.SHA384())),
    }
    return {
        **{
            f"HS256 by the public key: {name}": compact(
                {**header, "alg": "HS256"}, claims, hs256(secret)
            )
            for name, secret in secrets.items()
        },
        **{
            f"{alg} by another key": compact({**header, "alg": alg}, claims, sign)
            for alg, sign in others.items()
        },
    }


def by_somebody_else(header: Part, claims: Part, bad: Sign) -> dict[str, str]:
    """Signed by a key that auth does not have, which says where to find it."""
    own = to_jwk(ATTACKER)
    url = "https://evil.example/keys.json"
    said: dict[str, Part] = {
        "under the kid": {},
        "named": {"kid": own["kid"]},
        "in the header": {"jwk": own},
        "in the header, named": {"jwk": own, "kid": own["kid"]},
        "by URL": {"jku": url},
        "by the URL of a file": {"jku": "file:///dev/null", "kid": own["kid"]},
        "by a certificate's URL": {"x5u": url},
        "by a certificate": {"x5c": [own["x"]]},
        "by a certificate's hash": {"x5t": own["kid"], "kid": own["kid"]},
    }
    return {
        f"another key, {name}": compact({**header, **change}, claims, bad)
        for name, change in said.items()
    }


def torn(key: Key, header: Part, claims: Part) -> dict[str, str]:
    """A genuine token that was changed since."""
    genuine = compact(header, claims, es256(key))
    head, body, signature = genuine.split(".")
    other = encoded({**claims, "sub": str(UUID(int=0))})
    der = key.sign(f"{head}.{body}".encode(), ec.ECDSA(SHA256))
    nested = compact({**header, "cty": "JWT"}, genuine.encode(), es256(key))
    return {
        "claims changed": f"{head}.{other}.{signature}",
        "header changed": f"{encoded({**header, 'x': 1})}.{body}.{signature}",
        "signature in DER": f"{head}.{body}.{base64url(der)}",
        "signature short": genuine[:-4],
        "signature long": f"{genuine}AAAA",
        "signature with its last bits changed": genuine[:-1]
        + chr(ord(genuine[-1]) + 1),
        "signature padded": f"{genuine}==",
        "signature empty": f"{head}.{body}.",
        "signature missing": f"{head}.{body}",
        "signature of another token": f"{head}.{body}.{nested.split('.')[2]}",
        "claims missing": f"{head}..{signature}",
        "header missing": f".{body}.{signature}",
        "four parts": f"{genuine}.{signature}",
        "five parts, as if encrypted": f"{genuine}.{signature}.{signature}",
        "encrypted": f"{encoded({'alg': 'dir', 'enc': 'A256GCM'})}..AAAA.AAAA.AAAA",
        "nested": nested,
        "as JSON": json.dumps({"payload": body, "signature": signature}),
        "a mark within": f"{head}.{body}!.{signature}",
        "a word": "token",
        "dots": "..",
        "no token": "",
        "a long one": "e" * 6000,
    }


def twisted(header: Part, claims: Part, good: Sign) -> dict[str, str]:
    """Signed as it should be, and no token."""
    twice = json.dumps(claims)[:-1] + f', "sub": "{UUID(int=0)}"}}'
    kid_twice = json.dumps(header)[:-1] + f', "kid": "{header["kid"]}"}}'
    return {
        "claims a list": compact(header, b"[]", good),
        "claims null": compact(header, b"null", good),
        "claims no JSON": compact(header, b"sub=alice", good),
        "claims no UTF-8": compact(header, b"\xff\xfe", good),
        "claims with bytes that are no UTF-8": compact(
            header, json.dumps(claims).encode()[:-1] + b', "x": "\xff"}', good
        ),
        "claims too deep": compact(header, b"[" * DEPTH, good),
        "a claim twice": compact(header, twice.encode(), good),
        "kid twice": compact(kid_twice.encode(), claims, good),
        "header a list": compact(b"[]", claims, good),
        "header no JSON": compact(b"alg=ES256", claims, good),
        "header no UTF-8": compact(b"\xff\xfe", claims, good),
        "header too deep": compact(b"[" * DEPTH, claims, good),
    }
