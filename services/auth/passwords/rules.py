"""What is accepted as a new password: long enough, and not what is tried first."""

import re
from collections.abc import Container, Iterable
from unicodedata import normalize

from services.auth.passwords.common import folded
from services.kit.errors import InvalidField, Kind, ServiceError

MIN_LENGTH = 8
MAX_LENGTH = 128
# The longest text that normalization can bring down to MAX_LENGTH: four code points
# are the most that NFC makes one of.
MAX_RAW_LENGTH = 4 * MAX_LENGTH

PRODUCT = "parley"
SHORTEST_WORD = 3
WORD = re.compile(r"\w+")


class CommonPassword(ServiceError):
    """
    This password is one that is tried first.

    Choose another: four words that have nothing to do with each other are easy to keep.
    """

    kind = Kind.INVALID
    reason = "COMMON_PASSWORD"


class PasswordNamesUser(ServiceError):
    """
    This password is hardly more than a name that others know.

    Leave out your own name, your e-mail address and Parley's, or add more to it.
    """

    kind = Kind.INVALID
    reason = "PASSWORD_NAMES_USER"


def canonical(password: str) -> str | None:
    """
    Return the form of a password that is hashed, if it can be one.

    NFC, as RFC 8265 4.2 has it: keyboards differ in whether é is one code point or two,
    and the person cannot see it. Not NFKC, which would make different passwords equal.
    """
    # Long texts first: normalizing is quadratic in a run of combining marks.
    if len(password) > MAX_RAW_LENGTH:
        return None
    normal = normalize("NFC", password)
    return normal if len(normal) <= MAX_LENGTH else None


class PasswordRules:
    """Accepts a new password, or says what is wrong with it (ASVS 6.2)."""

    def __init__(self, common: Container[str]) -> None:
        self._common = common

    def accept(
        self, password: str, *, names: Iterable[str], field: str = "password"
    ) -> str:
        """Return it as it is hashed; `names` are what others know of its user."""
        normal = canonical(password)
        if normal is None or len(normal) < MIN_LENGTH:
            expected = f"{MIN_LENGTH} to {MAX_LENGTH} characters"
            raise InvalidField(field=field, expected=expected)
        if normal in self._common:
            raise CommonPassword
        if len(without(normal, [PRODUCT, *names])) < MIN_LENGTH:
            raise PasswordNamesUser
        return normal


def without(password: str, names: Iterable[str]) -> str:
    """Return what is left of a password that names somebody; else all of it."""
    left = folded(password)
    words = {word for name in names for word in WORD.findall(folded(name))}
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= SHORTEST_WORD:
            left = left.replace(word, "")
    return left
