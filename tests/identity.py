"""An issuer of access tokens for tests of services that only verify them."""

import time
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from jwt.algorithms import ECAlgorithm

from services.kit.access import Permission, scope_of
from services.kit.caller import (
    AUDIENCE,
    ISSUER,
    NOBODY,
    TOKEN_TYPE,
    Issuer,
    Verifier,
    delegate,
)
from services.kit.jwk import ALGORITHM, Jwk, to_jwk
from services.kit.revocations import Revocations

KID = "test-key"
EVERYTHING = " ".join(scope_of(each) for each in Permission.values() if each)
CHAT = delegate("chat", to="llm")
LLM = delegate("llm", to="chat")


class Identity:
    """Signs as auth does; and has the keys with which chat and llm call each other."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.chat_key = ec.generate_private_key(ec.SECP256R1())
        self.llm_key = ec.generate_private_key(ec.SECP256R1())
        self.fetches = 0
        self.revocations = Revocations()

    @property
    def jwk(self) -> Jwk:
        """The public key, as auth publishes it."""
        jwk = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**jwk, "kid": KID, "alg": ALGORITHM, "use": "sig"}

    async def fetch(self) -> Sequence[Jwk]:
        """Publish the key."""
        self.fetches += 1
        return [self.jwk]

    @property
    def chat_key_pem(self) -> bytes:
        """chat's key, as its file holds it."""
        return self.chat_key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )

    @property
    def trusted(self) -> Mapping[Issuer, Sequence[Jwk]]:
        """chat's public key, as llm trusts it."""
        return {CHAT: [to_jwk(self.chat_key)]}

    @property
    def trusted_by_chat(self) -> Mapping[Issuer, Sequence[Jwk]]:
        """llm's public key, as chat trusts it."""
        return {LLM: [to_jwk(self.llm_key)]}

    def verifier(self, trusted: Mapping[Issuer, Sequence[Jwk]] = NOBODY) -> Verifier:
        """Verify with the published key, and those of trusted services."""
        return Verifier(self.fetch, trusted, revocations=self.revocations)

    def claims(self, user: UUID) -> dict[str, object]:
        """Return what a good token says."""
        now = int(time.time())
        return {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user),
            "sid": str(uuid4()),
            "scope": EVERYTHING,
            "auth_time": now,
            "ver": 1,
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid4()),
        }

    def token(self, user: UUID, *groups: UUID) -> str:
        """Sign a good token of a user who is in these groups."""
        within = {"groups": [str(group) for group in groups]} if groups else {}
        return self.sign(self.claims(user) | within)

    def sign(
        self, claims: dict[str, object], *, header: dict[str, object] | None = None
    ) -> str:
        """Sign any claims, with changes to the header."""
        headers = {"typ": TOKEN_TYPE, "kid": KID, **(header or {})}
        return jwt.encode(claims, self.key, ALGORITHM, headers=headers)


def bearing(token: str) -> tuple[tuple[str, str], ...]:
    """Return the metadata that carries a token."""
    return (("authorization", f"Bearer {token}"),)
