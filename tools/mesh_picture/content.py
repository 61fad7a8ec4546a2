"""What the picture says, from the protos and from the policy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from deploy.mesh.rpcs import Rpc, rpcs
from tools.mesh_check.folder import BASE, Folder
from tools.mesh_check.mesh import Mesh, meshes
from tools.mesh_check.routes import Route, routes_to, taken
from tools.mesh_check.system import PARTS, SERVICES

# Whose token comes with a call, by who makes it.
WHOSE = {"edge": "the user's", "auth": "the user's", "chat": "chat's", "llm": "llm's"}
# What may be asked again, by what a route retries on.
AGAIN = {
    "": "never",
    "connect-failure,refused-stream": "if it reached nobody",
    "connect-failure,refused-stream,reset,unavailable": "if nothing came back",
}
Call = tuple[str, str]  # caller and called


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of call to a service: how long it may take, and what is asked again."""

    name: str
    methods: int
    limit: str
    again: str


@cache
def base() -> Mesh:
    """Read the policy that every installation has."""
    (mesh,) = meshes(Folder.read(), frozenset({BASE}))
    return mesh


def calls() -> Mapping[Call, str]:
    """Say of each two services how many methods one calls, and with what."""
    found: dict[Call, list[Rpc]] = {}
    for rpc in rpcs().values():
        for caller in rpc.callers:
            found.setdefault((caller, rpc.part), []).append(rpc)
    return {pair: said(pair[0], found[pair]) for pair in sorted(found)}


def said(caller: str, found: Sequence[Rpc]) -> str:
    """Write what stands at an arrow."""
    without = sum(not rpc.needs_token for rpc in found)
    parts = [
        f"{len(found) - without} with {WHOSE[caller]} token"
        if without < len(found)
        else "",
        f"{without} without" if without else "",
    ]
    return " · ".join(part for part in parts if part)


def table(part: str) -> Sequence[Row]:
    """List the kinds of calls to a service."""
    paths: dict[str, int] = {}
    for rpc, found in taken(base()):
        if rpc.part == part:
            for route in found:
                paths[route.name] = paths.get(route.name, 0) + 1
    return list(rows(routes_to(base(), part), paths))


def rows(found: Sequence[Route], methods: Mapping[str, int]) -> Iterator[Row]:
    """Write a line for each route."""
    for route in found:
        retries = route.retries or {}
        tries = retries.get("attempts", 0)
        asked = str(retries.get("retryOn", "")) if tries else ""
        when = AGAIN.get(asked, f"on {asked}")
        yield Row(
            route.name.replace("-", " "),
            methods.get(route.name, 0),
            limit(route.seconds),
            f"{tries} times, {when}" if tries else when,
        )


def limit(seconds: float) -> str:
    """Write a time for people."""
    return f"{seconds:g} s" if seconds < 600 else f"{seconds / 60:g} min"


def breaker(part: str) -> tuple[str, str]:
    """Say how many calls may be live, and when a replica is left out."""
    (rule,) = (
        each
        for each in base().of_kind("DestinationRule")
        if each.spec.get("host") == PARTS[part].full
    )
    policy = rule.spec["trafficPolicy"]
    live = policy["connectionPool"]["http"]["http2MaxRequests"]
    outlier = policy["outlierDetection"]
    times, span = outlier["consecutiveLocalOriginFailures"], outlier["baseEjectionTime"]
    return (
        f"{live:,} calls live at once; to the nearest, least busy replica;",
        f"one that cannot be reached {times} times in a row is left out for {span}",
    )


def content() -> Mapping[str, object]:
    """Gather all of it."""
    return {
        "calls": {
            f"{caller}_{called}": text for (caller, called), text in calls().items()
        },
        "tables": {part: table(part) for part in SERVICES},
        "breakers": {part: breaker(part) for part in SERVICES},
    }
