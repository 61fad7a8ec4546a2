"""Which route of a VirtualService a call takes, as Istio reads it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.mesh.rpcs import Rpc, rpcs
from tools.mesh_check.durations import seconds
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.resource import Resource
from tools.mesh_check.system import PARTS, SERVICES


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of `spec.http`."""

    resource: Resource
    said: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.said.get("name", "(no name)"))

    @property
    def seconds(self) -> float:
        """After how long it cuts a call off; 0: never (Istio's default)."""
        return seconds(str(self.said.get("timeout", "0s")))

    @property
    def retries(self) -> Mapping[str, Any] | None:
        """What is asked again; None: what the mesh says."""
        found: Mapping[str, Any] | None = self.said.get("retries")
        return found

    def __str__(self) -> str:
        return f"{self.resource}, route {self.name}"


def routes(mesh: Mesh) -> Iterator[Route]:
    """List every route to a host of ours."""
    for resource in mesh.of_kind("VirtualService"):
        for said in resource.spec.get("http") or []:
            yield Route(resource, said)


def routes_to(mesh: Mesh, part: str) -> list[Route]:
    """List the routes to one part, in order."""
    full = PARTS[part].full
    return [
        route for route in routes(mesh) if full in route.resource.spec.get("hosts", [])
    ]


def taken(mesh: Mesh) -> Iterator[tuple[Rpc, list[Route]]]:
    """Say for each RPC which routes it may take: several, if a header decides."""
    found = {part: routes_to(mesh, part) for part in SERVICES}
    for rpc in rpcs().values():
        yield rpc, list(possible(found[rpc.part], rpc.path))


def possible(found: list[Route], path: str) -> Iterator[Route]:
    """List the routes that a call to a path may take: the first that fits is taken."""
    earlier: list[frozenset[str]] = []
    for route in found:
        asked = [
            conditions(match)
            for match in route.said.get("match") or [{}]
            if fits(match, path)
        ]
        # What has all that an earlier match asks for went there.
        if any(not any(one <= more for one in earlier) for more in asked):
            yield route
        earlier += asked


def conditions(match: Mapping[str, Any]) -> frozenset[str]:
    """Say what a match asks for besides the path."""
    return frozenset(
        f"{key} {name}: {value}"
        for key, said in match.items()
        if key not in ("uri", "name")
        for name, value in (said.items() if isinstance(said, dict) else [("", said)])
    )


def fits(match: Mapping[str, Any], path: str) -> bool:
    """Tell whether a match lets a path through, if its other conditions hold."""
    uri = match.get("uri")
    if uri is None:
        return True
    if "exact" in uri:
        return bool(uri["exact"] == path)
    if "prefix" in uri:
        return path.startswith(uri["prefix"])
    return "regex" in uri and re.fullmatch(uri["regex"], path) is not None
