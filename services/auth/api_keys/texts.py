"""How a key is written: `parley_`, its ID, its secret, and a checksum."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import choice
from string import ascii_letters, digits
from typing import Self
from uuid import UUID
from zlib import crc32

BEGINNING = "parley_"
ALPHABET = digits + ascii_letters
BASE = len(ALPHABET)
ID_LENGTH = 22  # 62 ** 22 > 2 ** 128
SECRET_LENGTH = 32  # 190 bits
CHECK_LENGTH = 6  # 62 ** 6 > 2 ** 32
SHOWN = 8  # letters of an ID by which a person knows a key again

# Also what tells scanners that they have found one.
KEY = re.compile(
    rf"{BEGINNING}([0-9A-Za-z]{{22}})([0-9A-Za-z]{{32}})([0-9A-Za-z]{{6}})"
)


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as it is shown, once, to its owner."""

    id: UUID
    secret: str = field(repr=False)

    @classmethod
    def make(cls, id: UUID) -> Self:
        """Make the text of a key, with a new secret."""
        return cls(id, "".join(choice(ALPHABET) for _ in range(SECRET_LENGTH)))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a key, unless it is mistyped, cut or made up carelessly."""
        if not (found := KEY.fullmatch(text)):
            return None
        id, secret, check = found.groups()
        number = from_base62(id)
        if check != checksum(id + secret) or number >= 1 << 128:
            return None
        return cls(UUID(int=number), secret)

    @property
    def text(self) -> str:
        """Return the whole key."""
        body = to_base62(self.id.int, ID_LENGTH) + self.secret
        return f"{BEGINNING}{body}{checksum(body)}"

    @property
    def secret_hash(self) -> bytes:
        """Return what is kept of the secret, which has too many bits to be guessed."""
        return sha256(self.secret.encode()).digest()


def prefix(id: UUID) -> str:
    """Return how the key with an ID begins."""
    return BEGINNING + to_base62(id.int, ID_LENGTH)[:SHOWN]


def checksum(body: str) -> str:
    """Return the last letters of a key."""
    return to_base62(crc32((BEGINNING + body).encode()), CHECK_LENGTH)


def to_base62(number: int, length: int) -> str:
    """Write a number with this many letters and digits."""
    written = ""
    for _ in range(length):
        number, rest = divmod(number, BASE)
        written = ALPHABET[rest] + written
    return written


def from_base62(text: str) -> int:
    """Read a number."""
    number = 0
    for letter in text:
        number = number * BASE + ALPHABET.index(letter)
    return number
