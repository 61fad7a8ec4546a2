"""Passwords that everybody tries first, known by their hashes alone."""

from hashlib import sha256
from pathlib import Path
from unicodedata import normalize

# Written by `tools.common_passwords`: sorted, each so many bytes. Of a thousand million
# other passwords, about fifty are taken for one of these.
FILE = Path(__file__).with_name("common.bin")
BYTES = 5
# What people add to a word so that it looks like a password: `summer2026!`.
ADDED = "0123456789!?.,*#$@_-+ "
MOST_ADDED = 5
SHORTEST = 4


def folded(password: str) -> str:
    """Return what is the same for passwords that differ in case or width alone."""
    return normalize("NFKC", password).casefold()


def digest(text: str) -> bytes:
    """Return what is kept of a password."""
    return sha256(text.encode()).digest()[:BYTES]


class CommonPasswords:
    """Knows passwords of many, and those with a few digits or signs behind them."""

    def __init__(self, hashes: bytes) -> None:
        self._hashes = frozenset(
            hashes[start : start + BYTES] for start in range(0, len(hashes), BYTES)
        )

    @classmethod
    def read(cls) -> "CommonPasswords":
        """Read those that come with Parley."""
        return cls(FILE.read_bytes())

    def __contains__(self, password: object) -> bool:
        text = folded(str(password))
        word = text.rstrip(ADDED)
        if len(word) < SHORTEST or len(text) - len(word) > MOST_ADDED:
            word = text
        return digest(text) in self._hashes or digest(word) in self._hashes
