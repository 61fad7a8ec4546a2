"""How many of each service run, and what they are called: `make up REPLICAS=2`."""

from collections.abc import Mapping

MOST = 8


def replicas(environment: Mapping[str, str]) -> int:
    """Read `REPLICAS`."""
    text = environment.get("REPLICAS") or "1"
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise SystemExit(f"REPLICAS: {text!r} is not a number from 1 to {MOST}")
    return int(text)


def replica_names(service: str, count: int) -> list[str]:
    """Name the replicas of a service; the only one has the service's own name."""
    if count == 1:
        return [service]
    return [f"{service}-{number}" for number in range(1, count + 1)]


def kind(name: str) -> str:
    """Name what a part is a replica of, or the part itself."""
    return name.partition("-")[0]
