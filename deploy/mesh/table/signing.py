"""Keys that stand for those of auth, chat and llm, and tokens that they sign."""

import json
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.mesh.table.expected import TOKENS
from services.kit.access import Permission, scope_of
from services.kit.jwk import ALGORITHM, to_jwk

LIFE_SECONDS = 300
EVERYTHING = " ".join(scope_of(each) for each in Permission.values() if each)


class Signer:
    """A key on P-256, and what is signed with it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.jwk: dict[str, str] = {**to_jwk(self._key)}

    @property
    def key_set(self) -> str:
        """The public half, as a key set."""
        return json.dumps({"keys": [self.jwk]})

    def token(self, **claims: Any) -> str:
        """Sign a good token of auth's, but for these claims."""
        now = int(time.time())
        good = {
            "iss": "parley",
            "aud": "parley",
            "sub": str(uuid4()),
            "sid": str(uuid4()),
            "scope": EVERYTHING,
            "auth_time": now,
            "ver": 1,
            "iat": now,
            "exp": now + LIFE_SECONDS,
        }
        headers = {"typ": "at+jwt", "kid": self.jwk["kid"]}
        return jwt.encode({**good, **claims}, self._key, ALGORITHM, headers)


def new_signers() -> Mapping[str, Signer]:
    """Make a key for each issuer."""
    return {issuer: Signer() for issuer, _ in TOKENS.values()}
