"""Each RPC is allowed to the callers that its proto names, by one policy each."""

from collections import defaultdict
from collections.abc import Iterator

from deploy.mesh.rpcs import HEALTH, rpcs
from tools.mesh_check.allows import Allow, allows
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.system import SERVICES, principal

report = Report(
    __name__,
    breaks="a service calls what nobody meant it to call, once it is taken over",
)
REFUSED = (
    "the call is refused (403, PERMISSION_DENIED) though the service would take it"
)
# (part, caller, path), each of which has to be allowed once.
Edge = tuple[str, str, str]


def check(mesh: Mesh) -> Iterator[Finding]:
    """Compare the policies with the option `access` of each RPC."""
    wanted = set(edges())
    given = defaultdict(list)
    for allow in allows(mesh):
        if any(path.startswith(("/parley.", "/grpc.")) for path in allow.paths):
            yield from shape(allow)
            for part in allow.resource.parts or ["every part"]:
                for path in allow.paths:
                    given[part, allow.caller, path].append(allow)
    for edge, found in given.items():
        part, caller, path = edge
        policy = found[0].resource
        if edge not in wanted:
            yield report(policy, *unwanted(part, caller, path))
        elif len(found) > 1:
            names = ", ".join(sorted({str(one.resource) for one in found}))
            yield report(
                policy,
                f"{path} is allowed to {caller} {len(found)} times: {names}",
                "it once",
                breaks="who takes one of them away believes that the call is refused",
            )
    for part, caller, path in sorted(wanted - set(given)):
        yield report.missing(
            f"{caller} may call {path} of {part}, and no policy allows it",
            f"the path in the policy of {part} for that caller",
            breaks=REFUSED,
        )


def edges() -> Iterator[Edge]:
    """List what the protos allow, and the health check of the edge."""
    for rpc in rpcs().values():
        for caller in rpc.callers:
            yield rpc.part, principal(caller), rpc.path
    for part in SERVICES:
        yield part, principal("edge"), HEALTH


def shape(allow: Allow) -> Iterator[Finding]:
    """Look at how the operation is written."""
    if allow.operation.get("methods") != ["POST"]:
        yield report(
            allow.resource,
            f"the HTTP methods are {allow.operation.get('methods')}",
            "`methods: [POST]`: gRPC knows no other",
        )
    if more := set(allow.operation) - {"methods", "paths"}:
        yield report(
            allow.resource,
            f"it goes by {sorted(more)}, too",
            "`methods` and `paths` alone",
            breaks=REFUSED,
        )


def unwanted(part: str, caller: str, path: str) -> tuple[str, str]:
    """Say why something should not be allowed."""
    rpc = rpcs().get(path)
    if path == HEALTH:
        return f"{caller} may ask for the health of {part}", "the edge alone, each part"
    if rpc is None:
        return f"there is no method {path}", "only methods of the protos"
    if rpc.part != part:
        return f"{path} is served by {rpc.part}, not by {part}", "it where it is served"
    return (
        f"{path} is allowed to {caller}, whom its proto does not name",
        f"only {sorted(rpc.callers)}, or another `access` beside the RPC",
    )
