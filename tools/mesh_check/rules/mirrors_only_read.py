"""What is mirrored changes nothing and costs nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.routes import Route, routes, taken

MOST_PERCENT = 25
report = Report(
    __name__,
    breaks="a mirrored call is a whole call: the model is asked and paid for again, or "
    "the change is made again, and nobody reads the answer",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at every route with a mirror, and at what takes it."""
    for rpc, found in taken(mesh):
        for route in found:
            if mirrored(route.said) and (not rpc.reads or rpc.streams):
                yield report(
                    route.resource,
                    f"the route {route.name} mirrors {rpc.path}, which "
                    + ("is a stream" if rpc.reads else "does more than read"),
                    "`mirrors` on a route that only single reads take",
                )
    for resource in mesh.of_kind("HTTPRoute", "gateway.networking.k8s.io"):
        for rule in resource.spec.get("rules") or []:
            filters = {one["type"] for one in rule.get("filters") or []}
            if "RequestMirror" in filters:
                yield report(resource, "a gateway mirrors whatever comes", "no mirror")
    mirrors = [mirror for route in routes(mesh) for mirror in of_route(route)]
    if mesh.name.rpartition("/")[2].startswith("mirror") and not mirrors:
        yield report.missing(f"{mesh.name} mirrors nothing", "`mirrors`")
    for resource, mirror in mirrors:
        percent = (mirror.get("percentage") or {}).get("value", 100)
        if not 0 < percent <= MOST_PERCENT or "subset" not in mirror["destination"]:
            yield report(
                resource,
                f"{percent} % go to {mirror['destination']}",
                f"at most {MOST_PERCENT} %, to a `subset` that serves nobody",
            )
    for route in routes(mesh):
        if "mirror" in route.said or "mirrorPercentage" in route.said:
            yield report(route.resource, "`mirror` is the old form", "`mirrors`")


def of_route(route: Route) -> list[tuple[Resource, Mapping[str, Any]]]:
    """List the mirrors of a route."""
    return [(route.resource, mirror) for mirror in route.said.get("mirrors") or []]


def mirrored(said: object) -> bool:
    """Tell whether a route has a mirror."""
    return isinstance(said, dict) and bool(said.get("mirrors") or said.get("mirror"))
