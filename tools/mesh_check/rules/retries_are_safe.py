"""Nothing is asked twice that may happen only once."""

from collections.abc import Iterator

from deploy.mesh.rpcs import Rpc
from tools.mesh_check.durations import seconds
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.routes import Route, routes_to, taken

# The request was not begun: these are safe for every call.
UNHEARD = frozenset({"connect-failure", "refused-stream"})
# The request may have been begun, and no answer was: safe for what only reads.
READS = UNHEARD | {"reset", "unavailable"}
MOST = 3
SOON_SECONDS = 0.25

report = Report(
    __name__,
    breaks="a message is sent twice, a change is made twice, or an answer is paid for "
    "twice: Envoy asks again whenever the status comes before the first message",
)
EXPLICIT = "`retries: {attempts: 0}`, or the reasons that are safe"


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at the routes of every RPC, the web app's, and the gateways'."""
    seen = set()
    for rpc, routes in taken(mesh):
        for route in routes:
            for wrong, write in problems(route, safe(rpc), rpc.path):
                if (str(route), wrong) not in seen:
                    seen.add((str(route), wrong))
                    yield report(route.resource, wrong, write)
    for route in routes_to(mesh, "web"):
        for wrong, write in problems(route, READS, "a file"):
            yield report(route.resource, wrong, write)
    for resource in mesh.of_kind("HTTPRoute", "gateway.networking.k8s.io"):
        yield from of_gateway(resource)


def safe(rpc: Rpc) -> frozenset[str]:
    """Say for which reasons an RPC may be sent again."""
    if rpc.asks_a_model:
        return frozenset()
    return READS if rpc.reads else UNHEARD


def problems(
    route: Route, allowed: frozenset[str], path: str
) -> Iterator[tuple[str, str]]:
    """Say what is wrong with the retries of one route, for one call."""
    if route.retries is None or "attempts" not in route.retries:
        yield f"the route {route.name} does not say how often it asks", EXPLICIT
        return
    attempts = int(route.retries["attempts"])
    if attempts == 0:
        return
    if attempts > MOST:
        yield f"the route {route.name} asks {attempts} times again", f"at most {MOST}"
    if not 0 < seconds(route.retries.get("backoff", "0s")) <= SOON_SECONDS:
        yield (
            f"the route {route.name} asks again after {route.retries.get('backoff')}",
            "`backoff: 25ms`: the next replica is well, and the caller waits",
        )
    if not route.retries.get("retryOn"):
        yield f"the route {route.name} does not say for what reasons", EXPLICIT
        return
    reasons = set(route.retries["retryOn"].replace(" ", "").split(","))
    if unsafe := reasons - allowed:
        said = ", ".join(sorted(unsafe))
        yield (
            f"the route {route.name} sends {path} again for {said}",
            f"only {', '.join(sorted(allowed))}" if allowed else "`attempts: 0`",
        )


def of_gateway(resource: Resource) -> Iterator[Finding]:
    """Refuse retries where nobody knows what a call is."""
    for rule in resource.spec.get("rules") or []:
        if rule.get("retry"):
            yield report(
                resource, f"it asks again: {rule['retry']}", "no `retry` at a gateway"
            )
