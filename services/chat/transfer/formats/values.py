"""Reading values that may be anything."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime

from services.chat.messages.model import MAX_REPLY
from services.chat.transfer.formats.problem import Malformed, Report
from services.kit.lines import unfit

MAX_VALUES = 1_000_000  # in a piece; counted as commas, which is quick and never less
MAX_COUNT = 2**62
MAX_KEY = 200
REPLACEMENT = "\ufffd"
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def decode(raw: bytes | None) -> object:
    """Read JSON that somebody else wrote, whatever is in it."""
    if raw is None or raw.count(b",") > MAX_VALUES:
        raise Malformed("It is too large.")
    try:
        return json.loads(raw.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise Malformed("It is not valid JSON.") from error


def members(value: object) -> Mapping[str, object]:
    """Return an object's members; what is no object has none."""
    return value if isinstance(value, dict) else {}


def elements(value: object) -> list[object]:
    """Return a list's elements; what is no list has none."""
    return value if isinstance(value, list) else []


def key(value: object) -> str | None:
    """Return what a message is known by in its file."""
    return value if isinstance(value, str) and 0 < len(value) <= MAX_KEY else None


def clean(value: object, report: Report) -> str:
    """Return a text that can be stored; what is no text is an empty one."""
    if not isinstance(value, str):
        return ""
    cleaned = value.replace("\0", REPLACEMENT) if "\0" in value else value
    if not cleaned.isascii():
        # Half of a surrogate pair is no character.
        encoded = cleaned.encode("utf-16-le", "surrogatepass")
        cleaned = encoded.decode("utf-16-le", "replace")
    if cleaned != value:
        report.note("texts with characters that cannot be stored, now U+FFFD")
    return cleaned


def turn_text(value: object, report: Report) -> str:
    """Return what was said, cut to what a message may hold."""
    text = clean(value, report)
    if len(text) > MAX_REPLY:
        report.note(f"texts cut to {MAX_REPLY:,} characters")
        return text[:MAX_REPLY]
    return text


def fit(value: object, *, maximum: int) -> str:
    """Return a text that may stand in a list, cut to `maximum` characters."""
    if not isinstance(value, str):
        return ""
    # A line that is far too long is cut before the work, too.
    text = clean(value[: 4 * maximum], Report())
    return "".join(each for each in text if not unfit(each))[:maximum]


def line(value: object, *, maximum: int) -> str:
    """Return the beginning of a text as one line."""
    if not isinstance(value, str):
        return ""
    text = " ".join(value[: 4 * maximum].split())
    found = fit(text, maximum=len(text))
    return found if len(found) <= maximum else found[: maximum - 1].rstrip() + "…"


def count(value: object) -> int:
    """Return a number of things; what is none is 0."""
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return value if 0 <= value <= MAX_COUNT else 0


def moment(value: object, *, now: datetime) -> datetime | None:
    """Return a moment, written as Unix seconds or by ISO 8601, that is not to come."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value[:64])
        elif isinstance(value, int | float) and not isinstance(value, bool):
            if not math.isfinite(value):
                return None
            found = datetime.fromtimestamp(value, UTC)
        else:
            return None
        found = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return min(found, now) if found >= EARLIEST else None
