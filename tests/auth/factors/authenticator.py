"""A passkey in software, which does as it is told: also what no real one would."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "https://parley.example"
RP_ID = "parley.example"

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 1, 4, 8, 16, 64


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One passkey, and the browser it is in."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    user_handle: bytes | None = None
    count: int = 0
    step: int = 1  # how far it counts at each use
    flags: int = PRESENT | VERIFIED
    origin: str = ORIGIN
    rp_id: str = RP_ID
    cross_origin: bool | None = None
    attestation: str = "none"
    statement: dict[str, Any] = field(default_factory=dict)

    def create(self, options_json: str, **changes: Any) -> str:
        """Answer as `navigator.credentials.create` does, but for `changes`."""
        options = json.loads(options_json)
        self.user_handle = decoded(options["user"]["id"])
        data = self._data(self.flags | ATTESTED) + self._attested()
        attestation = {
            "fmt": self.attestation,
            "attStmt": self.statement,
            "authData": data,
        }
        return self._answer(
            {
                "clientDataJSON": encoded(self._client("create", options, changes)),
                "attestationObject": encoded(cbor2.dumps(attestation)),
                "transports": ["internal", "hybrid"],
            },
            changes,
        )

    def get(self, options_json: str, **changes: Any) -> str:
        """Answer as `navigator.credentials.get` does."""
        client = self._client("get", json.loads(options_json), changes)
        self.count += self.step
        data = self._data(self.flags)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        handle = self.user_handle
        return self._answer(
            {
                "clientDataJSON": encoded(client),
                "authenticatorData": encoded(data),
                "signature": encoded(signature),
                "userHandle": None if handle is None else encoded(handle),
            },
            changes,
        )

    def _client(
        self, kind: str, options: dict[str, Any], changes: dict[str, Any]
    ) -> bytes:
        said = {
            "type": changes.get("type", f"webauthn.{kind}"),
            "challenge": changes.get("challenge", options["challenge"]),
            "origin": self.origin,
        }
        if self.cross_origin is not None:
            said["crossOrigin"] = self.cross_origin
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        head = sha256(self.rp_id.encode()).digest() + bytes([flags])
        return head + self.count.to_bytes(4, "big")

    def _attested(self) -> bytes:
        point = self.key.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        length = len(self.credential_id).to_bytes(2, "big")
        return bytes(15) + b"\x01" + length + self.credential_id + cose

    def _answer(self, response: dict[str, Any], changes: dict[str, Any]) -> str:
        id = encoded(self.credential_id)
        answer = {
            "id": id,
            "rawId": id,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
        answer |= {key: value for key, value in changes.items() if key in answer}
        return json.dumps(answer)
