"""Every call that is no stream ends, a little after the edge has given it up."""

from collections.abc import Iterator

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.routes import routes_to, taken
from tools.mesh_check.rpcs import longest

LATER_SECONDS = 60  # how far a limit of the mesh may be above the edge's
WEB_SECONDS = 30  # of the edge, see `edge/envoy/parts/routes.yaml.j2`

report = Report(
    __name__,
    breaks="Istio has no limit of its own: a call that hangs holds its place for ever",
)
EARLY = "callers get the mesh's bare 504 where the edge would say which part was slow"


def check(mesh: Mesh) -> Iterator[Finding]:
    """Compare each route's timeout with the edge's for what takes it."""
    for rpc, routes in taken(mesh):
        if not routes:
            yield report.missing(
                f"no route leads to {rpc.path}", "a last route without `match`"
            )
        limit = longest(rpc)
        for route in routes:
            wrong = f"the route {route.name} ends {rpc.path} after {route.seconds:g} s"
            if not limit < (route.seconds or 1e9) <= limit + LATER_SECONDS:
                early = 0 < route.seconds <= limit
                yield report(
                    route.resource,
                    wrong if route.seconds else f"the route {route.name} has no end",
                    f"a little more than {limit} s, the edge's limit",
                    breaks=EARLY if early else report.breaks,
                )
    found = routes_to(mesh, "web")
    if not found:
        yield report.missing("no route leads to web", "a VirtualService with a timeout")
    for route in found:
        if not WEB_SECONDS < route.seconds <= WEB_SECONDS + LATER_SECONDS:
            yield report(
                route.resource,
                f"a file may take {route.seconds:g} s",
                f"a little more than {WEB_SECONDS} s, the edge's limit",
            )
