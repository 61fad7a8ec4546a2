"""Access tokens as auth signs them, and as nobody should."""

import time
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from services.kit.access import Permission, scope_of

EVERYTHING = " ".join(scope_of(each) for each in Permission.values() if each)
KID = "test"
USER = str(uuid4())


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
