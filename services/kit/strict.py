"""
What a token has to look like before anything in it is believed (RFC 7515, RFC 8725).

Libraries are lenient: they skip characters that do not belong there, take the last of
two claims of one name, and a time that is text. Two that are lenient in different ways
may read one token differently.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

MAX_TOKEN = 8192  # characters
# Three parts; the last is 64 bytes: what remains of its last character is nought.
COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]{85}[AQgw]")
TIMES = ("exp", "iat", "nbf", "auth_time")

Part = Mapping[str, Any]


def parts(token: str) -> tuple[Part, Part]:
    """Read header and claims of a token, unverified, or raise ValueError."""
    if len(token) > MAX_TOKEN or not (found := COMPACT.fullmatch(token)):
        raise ValueError("not a token signed with ES256")
    header, claims = part(found[1]), part(found[2])
    for name in TIMES:
        if name in claims and not is_time(claims[name]):
            raise ValueError(f"{name} is no time")
    return header, claims


def part(text: str) -> Part:
    """Read one part, or raise ValueError."""
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    try:
        found = json.loads(data, object_pairs_hook=once)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object whose members have different names, or raise ValueError."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def is_time(value: object) -> bool:
    """Tell whether a value is a number of seconds (RFC 7519 2)."""
    return type(value) is int or (type(value) is float and isfinite(value))
