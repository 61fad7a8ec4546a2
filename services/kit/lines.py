"""Texts that are shown in lists, a line each."""

import unicodedata

from services.kit.errors import InvalidField

# Control characters, line and paragraph separators, and what turns the direction of the
# text around it: in a list they would change how the lines beside them look.
UNFIT_CATEGORIES = frozenset({"Cc", "Zl", "Zp"})
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(field: str, value: str, *, minimum: int = 0, maximum: int) -> str:
    """Return a text that is shown in lists, or refuse it."""
    if not minimum <= len(value) <= maximum:
        raise InvalidField(field=field, expected=f"{minimum} to {maximum} characters")
    if any(unfit(character) for character in value):
        raise InvalidField(field=field, expected="one line of visible characters")
    return value


def unfit(character: str) -> bool:
    """Tell whether a character has no place in a line of a list."""
    return unicodedata.category(character) in UNFIT_CATEGORIES or character in TURNS
