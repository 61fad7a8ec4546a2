"""Secrets that have to be read again, encrypted at rest."""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit.jwk import content

KEY_BYTES = 32
NONCE_BYTES = 12
MAX_KEYS = 20
# {version}:{32 random bytes, base64}
LINE = re.compile(r"([a-z0-9][a-z0-9_-]{0,31}):([A-Za-z0-9+/]{43}=)", re.ASCII)
EXPECTED = (
    "expected lines of a version, a colon and 32 random bytes in base64, the first "
    "the one that seals: make one with"
    ' echo "$(date +%Y%m%d):$(openssl rand -base64 32)"'
)


class SealBroken(Exception):
    """The data was not sealed for this, was changed, or its key is gone."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """
    Seals with the current key, and opens what any key has sealed (AES-256-GCM).

    The context says what a secret is and whose, such as `totp users/{user}`: what was
    sealed for one cannot be passed off as another's.
    """

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Encrypt a secret; the version of the key stands in front."""
        nonce = token_bytes(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, plain, context.encode())
        return self.current.encode() + b":" + nonce + sealed

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt a secret, or raise `SealBroken`."""
        version, _, rest = sealed.partition(b":")
        key = self.keys.get(version.decode("ascii", "replace"))
        if key is None:
            raise SealBroken
        nonce, body = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, body, context.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether it was sealed with the current key: if not, seal it anew."""
        return sealed.partition(b":")[0] == self.current.encode()


def read_sealer(path: Path) -> Sealer:
    """Read the keys, or raise ValueError."""
    lines = content(path).decode("ascii", "replace").split()
    found = [LINE.fullmatch(line) for line in lines]
    if not 1 <= len(lines) <= MAX_KEYS or not all(found):
        raise ValueError(f"{path}: {EXPECTED}")
    keys = {match[1]: b64decode(match[2]) for match in found if match}
    if len(keys) != len(lines):
        raise ValueError(f"{path}: each version once")
    return Sealer(next(iter(keys)), keys)
