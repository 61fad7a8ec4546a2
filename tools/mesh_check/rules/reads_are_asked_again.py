"""What may be sent again safely is: a replica that goes fails no call."""

from collections.abc import Iterator

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.routes import routes, routes_to, taken
from tools.mesh_check.rules.retries_are_safe import READS, UNHEARD, safe

report = Report(
    __name__,
    breaks="every replica that is replaced or dies fails the calls that were on their "
    "way to it",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Compare each route with all that would be safe, and look whom it asks."""
    for route in routes(mesh):
        retries = route.retries or {}
        if retries.get("attempts") and not retries.get("retryRemoteLocalities"):
            yield report(
                route.resource,
                f"the route {route.name} asks again in the caller's region alone",
                "`retryRemoteLocalities: true`",
                breaks="a region that loses its only replica fails calls that another "
                "region would have taken",
            )
    for rpc, found in taken(mesh):
        for route in found:
            given = reasons(route.retries)
            if missing := safe(rpc) - given:
                yield report(
                    route.resource,
                    f"the route {route.name} does not send {rpc.path} again for "
                    + ", ".join(sorted(missing)),
                    "it on the route of its kind: `reads`, or `streams-that-read`"
                    if rpc.reads
                    else f"`retryOn: {','.join(sorted(UNHEARD))}`",
                )
    for route in routes_to(mesh, "web"):
        if not (READS - {"unavailable"}) <= reasons(route.retries):
            yield report(route.resource, "files are asked for once", "`reset`, too")


def reasons(retries: object) -> frozenset[str]:
    """Say for what a route asks again."""
    if not isinstance(retries, dict) or not retries.get("attempts"):
        return frozenset()
    return frozenset(str(retries.get("retryOn", "")).split(","))
