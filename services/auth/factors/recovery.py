"""Codes on paper, for when nothing else is at hand."""

from base64 import b32encode
from hashlib import sha256
from secrets import token_bytes

CODES = 10
# 120 bits. From 112 on, what is guessed at random needs no password hash (ASVS 6.5.2).
CODE_BYTES = 15
GROUP = 4
MAX_LENGTH = 100  # of what is typed, with whatever stands between


def new_codes() -> tuple[str, ...]:
    """Make a set of codes."""
    return tuple(grouped(token_bytes(CODE_BYTES)) for _ in range(CODES))


def grouped(secret: bytes) -> str:
    """Spell a code so that it can be copied by hand."""
    text = b32encode(secret).decode().lower()
    return "-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def hashed(code: str) -> bytes:
    """Return what is stored of a code, however it is typed."""
    plain = "".join(c for c in code[:MAX_LENGTH].upper() if c.isalnum())
    return sha256(plain.encode()).digest()
