"""Time spans as Kubernetes writes them: `1860s`, `25ms`, `1h30m`."""

import re

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def seconds(text: str) -> float:
    """Read one, or raise ValueError."""
    if not re.fullmatch(f"(?:{PART.pattern})+", text):
        raise ValueError(f"{text!r} is no time span")
    return sum(float(number) * UNITS[unit] for number, unit in PART.findall(text))
