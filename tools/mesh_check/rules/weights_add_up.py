"""Calls are divided between versions in one way, whatever kind of call they are."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.routes import Route, taken

Split = tuple[tuple[str | None, int], ...]
report = Report(
    __name__,
    breaks="a version is tried with a part of what it does, or calls go where nobody "
    "meant them to",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at the weights of every VirtualService."""
    changing = {
        str(route) for rpc, routes in taken(mesh) for route in routes if not rpc.reads
    }
    for resource in mesh.of_kind("VirtualService"):
        found = [Route(resource, said) for said in resource.spec.get("http") or []]
        versions = host_has_versions(mesh, resource)
        for route in found:
            yield from of_route(route, versions=versions)
        yield from of_headers(resource, found)
        yield from of_kinds(resource, found, changing)


def of_route(route: Route, *, versions: bool) -> Iterator[Finding]:
    """Look where one kind of calls goes."""
    hops = route.said.get("route") or []
    if not hops:
        yield report(route.resource, f"{route.name} leads nowhere", "`route`")
    weights = [hop.get("weight", 0) for hop in hops]
    if len(hops) > 1 and sum(weights) != 100:
        yield report(
            route.resource,
            f"the weights of {route.name} add up to {sum(weights)}",
            "weights that add up to 100",
        )
    if versions and any("subset" not in hop["destination"] for hop in hops):
        yield report(
            route.resource,
            f"{route.name} goes to every version",
            "`subset`, for each destination",
        )


def of_headers(resource: Resource, routes: Sequence[Route]) -> Iterator[Finding]:
    """Look by which headers calls are told apart."""
    headers = {str(one) for route in routes for one in asked(route.said) if one}
    if len(headers) > 1:
        yield report(
            resource,
            f"calls are told apart by different headers: {sorted(headers)}",
            "the same header in every route",
        )


def of_kinds(
    resource: Resource, routes: Sequence[Route], changing: set[str]
) -> Iterator[Finding]:
    """
    Look whether every kind of call is divided the same.

    What only reads may be divided while all else goes to one version.
    """
    plain = [route for route in routes if not all(asked(route.said))]
    reads = {split(one.said) for one in plain if str(one) not in changing}
    others = {split(one.said) for one in plain if str(one) in changing}
    whole = len(others) == 1 and len(of_weight(*others)) == 1
    for splits in (reads, others) if whole else (reads | others,):
        if len(splits) > 1:
            yield report(
                resource,
                f"kinds of calls are divided differently: {sorted(splits, key=str)}",
                "the same weights in every route, or in those that only read",
            )


def asked(said: Mapping[str, Any]) -> list[Any]:
    """List the headers that a route asks for, match by match."""
    return [match.get("headers") for match in said.get("match") or [{}]]


def split(said: Mapping[str, Any]) -> Split:
    """Say how a route divides its calls."""
    return tuple(
        (hop["destination"].get("subset"), hop.get("weight", 100))
        for hop in said.get("route") or []
    )


def of_weight(one: Split) -> Split:
    """Leave out who gets no call."""
    return tuple(each for each in one if each[1])


def host_has_versions(mesh: Mesh, resource: Resource) -> bool:
    """Tell whether the replicas of a host are of several versions."""
    return any(
        rule.spec.get("subsets") and rule.spec.get("host") in resource.spec["hosts"]
        for rule in mesh.of_kind("DestinationRule")
    )
