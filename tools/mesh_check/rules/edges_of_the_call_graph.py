"""What is allowed besides RPCs is one of a few known calls, written just so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.mesh_check.allows import allows
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.system import (
    INGRESS,
    JWKS_PATH,
    METRICS_PORT,
    NAMESPACE,
    PARTS,
    SERVICES,
    principal,
)

ALL = "every part"
report = Report(
    __name__, breaks="a call passes that belongs to no edge of the call graph"
)


@dataclass(frozen=True, slots=True)
class Known:
    """A call that is no RPC of the protos."""

    part: str
    callers: frozenset[str]
    operation: Mapping[str, Any]
    why: str
    optional: bool = False


def known(mesh: Mesh) -> list[Known]:
    """List them; in ambient mode the waypoint needs keys, and reaches pods."""
    ports = [str(min(host.ports - {METRICS_PORT})) for host in PARTS.values()]
    fetches = ["waypoint"] if mesh.is_ambient else SERVICES
    found = [
        Known(
            "edge",
            frozenset({principal("ingress", INGRESS)}),
            {"ports": ["8080"]},
            "nobody outside reaches Parley",
        ),
        Known(
            "edge",
            frozenset(map(principal, fetches)),
            {"ports": ["8080"], "methods": ["GET"], "paths": [JWKS_PATH]},
            "no token can be checked",
        ),
        Known(
            "web",
            frozenset({principal("edge")}),
            {"ports": ["3000"], "methods": ["GET", "HEAD"]},
            "browsers get no page",
        ),
        Known(
            ALL,
            frozenset({principal("prometheus", "observability")}),
            {"ports": [str(METRICS_PORT)], "methods": ["GET"], "paths": ["/metrics"]},
            "the Prometheus that this is for reads nothing",
            optional=not mesh.name.endswith("prometheus"),
        ),
    ]
    if mesh.is_ambient:
        found.append(
            Known(
                ALL,
                frozenset({principal("waypoint")}),
                {"ports": ports},
                "the waypoint reaches no pod",
            )
        )
    return found


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look for each of them, and for others."""
    left = {(one.part, caller): one for one in known(mesh) for caller in one.callers}
    for allow in allows(mesh):
        if allow.resource.namespace != NAMESPACE or is_rpc(allow.paths):
            continue
        part = next(iter(allow.resource.parts), ALL)
        one = left.pop((part, allow.caller), None)
        if one is None or not same(one.operation, allow.operation):
            yield report(
                allow.resource,
                f"{allow.caller} may call {part}: {dict(allow.operation)}",
                f"{dict(one.operation)}" if one else "none, or add it to this rule",
            )
    for (part, caller), one in left.items():
        if not one.optional:
            yield report.missing(
                f"{caller} may not call {part}",
                f"an ALLOW with {dict(one.operation)}",
                breaks=one.why,
            )


def is_rpc(paths: list[str]) -> bool:
    """Tell whether `exactly-the-callers` looks at it."""
    return any(path.startswith(("/parley.", "/grpc.")) for path in paths)


def same(wanted: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Compare two operations, whose lists have no order."""
    return {key: set(values) for key, values in wanted.items()} == {
        key: set(values) for key, values in given.items()
    }
