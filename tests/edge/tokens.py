"""Access tokens as auth signs them, and as nobody should."""

import hmac
import json
import time
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_encode as base64url

from services.kit.access import Permission, scope_of

EVERYTHING = " ".join(scope_of(each) for each in Permission.values() if each)
KID = "test"
USER = str(uuid4())


def forge(algorithm: str, claims: dict[str, Any], secret: bytes = b"") -> str:
    """Write a token that no library would: unsigned, or its MAC keyed with anything."""
    head = {"alg": algorithm, "typ": "at+jwt", "kid": KID}
    text = b".".join(base64url(json.dumps(said).encode()) for said in (head, claims))
    mac = hmac.digest(secret, text, "sha256") if secret else b""
    return b".".join([text, base64url(mac)]).decode()


class Signer:
    """A key on P-256, and what is signed with it."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self) -> dict[str, str]:
        """The public half, as KeyService gives it."""
        public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**public, "kid": KID, "use": "sig", "alg": "ES256"}

    def token(self, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """Sign a good token, but for these claims; None leaves one out."""
        now = int(time.time())
        good = {
            "iss": "parley",
            "aud": "parley",
            "sub": USER,
            "sid": str(uuid4()),
            "iat": now,
            "exp": now + 300,
            "scope": EVERYTHING,
            "auth_time": now,
            "ver": 1,
            "jti": str(uuid4()),
        }
        said = {key: value for key, value in {**good, **claims}.items() if value}
        return jwt.encode(
            said,
            self.key,
            "ES256",
            headers={"typ": "at+jwt", "kid": KID, **(headers or {})},
        )
