"""The keys of the log: what signs it, and what hides the names of strangers."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt.algorithms import ECAlgorithm

from services.auth.audit.model import TIME, Entry, Head, Mark
from services.auth.audit.ports import Draft, Pending
from services.kit.jwk import ALGORITHM, COORDINATE_BYTES, Jwk, to_jwk

ES256 = ECAlgorithm(ECAlgorithm.SHA256)
# What is signed begins so: no signature of one thing is good for another.
EVENT = b"parley audit event\n"
HEAD = b"parley audit head\n"
PENDING = b"parley audit pending\n"
STRANGER = b"parley audit stranger"


class AuditKeys:
    """
    Signs with one key, and verifies what that one or an earlier one signed.

    `earlier` are the public halves of keys that the log was signed with before.
    """

    def __init__(
        self, key: EllipticCurvePrivateKey, earlier: Sequence[Jwk] = ()
    ) -> None:
        self._key = key
        own = to_jwk(key)
        self._key_id = own["kid"]
        self.published: Sequence[Jwk] = list(
            {jwk["kid"]: jwk for jwk in (*earlier, own)}.values()
        )
        self._public: Mapping[str, EllipticCurvePublicKey] = {
            jwk["kid"]: jwt.PyJWK(jwk, ALGORITHM).key for jwk in self.published
        }
        secret = key.private_numbers().private_value.to_bytes(COORDINATE_BYTES)
        self._stranger_key = HKDF(SHA256(), 32, None, STRANGER).derive(secret)

    def mark(self, index: int, hash: bytes) -> Mark:
        """Sign a place in the log."""
        signature = ES256.sign(event_message(index, hash), self._key)
        return Mark(index=index, hash=hash, key_id=self._key_id, signature=signature)

    def head(self, index: int, hash: bytes, time: datetime) -> Head:
        """Sign how far the log goes."""
        signature = ES256.sign(head_message(index, hash, time), self._key)
        mark = Mark(index=index, hash=hash, key_id=self._key_id, signature=signature)
        return Head(mark=mark, time=time)

    def pending(self, draft: Draft) -> Pending:
        """Sign what is to be appended: nobody else puts anything into the log."""
        signature = ES256.sign(pending_message(draft.entry), self._key)
        return Pending(draft, self._key_id, signature)

    def signed(self, mark: Mark) -> bool:
        """Tell whether a mark was made here."""
        message = event_message(mark.index, mark.hash)
        return self._good(mark.key_id, mark.signature, message)

    def signed_head(self, head: Head) -> bool:
        """Tell whether a head was made here."""
        message = head_message(head.mark.index, head.mark.hash, head.time)
        return self._good(head.mark.key_id, head.mark.signature, message)

    def signed_pending(self, pending: Pending) -> bool:
        """Tell whether what is to be appended was kept here, and as it is now."""
        entry, place = pending.draft.entry, pending.draft.place
        if entry.place_hash != (place.hash if place else None):
            return False
        return self._good(pending.key_id, pending.signature, pending_message(entry))

    def stranger(self, name: str) -> str:
        """Hide a name, so that only equal ones can be told."""
        return hmac.digest(self._stranger_key, name.encode(), "sha256").hex()

    def _good(self, key_id: str, signature: bytes, message: bytes) -> bool:
        key = self._public.get(key_id)
        return bool(key and ES256.verify(message, key, signature))


def event_message(index: int, hash: bytes) -> bytes:
    """Return what is signed of an event."""
    return EVENT + number(index) + hash


def pending_message(entry: Entry) -> bytes:
    """Return what is signed of an event that has no place yet."""
    return PENDING + entry.content.encode()


def head_message(index: int, hash: bytes, time: datetime) -> bytes:
    """Return what is signed of a head."""
    return HEAD + number(index) + hash + time.astimezone(UTC).strftime(TIME).encode()


def number(index: int) -> bytes:
    """Return an index as it is signed; one below zero, as it never was."""
    return index.to_bytes(8, signed=index < 0)
