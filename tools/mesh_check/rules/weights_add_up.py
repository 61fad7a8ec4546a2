"""Where calls are divided between versions, every kind of call is divided the same."""

from collections.abc import Iterator

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource

report = Report(
    __name__,
    breaks="a version is tried with a part of what it does, or calls go where nobody "
    "meant them to",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at the weights of every VirtualService."""
    for resource in mesh.of_kind("VirtualService"):
        splits, headers = set(), set()
        versions = host_has_versions(mesh, resource)
        for route in resource.spec.get("http") or []:
            hops = route.get("route") or []
            if not hops:
                yield report(resource, f"{route.get('name')} leads nowhere", "`route`")
            weights = [hop.get("weight", 0) for hop in hops]
            if len(hops) > 1 and sum(weights) != 100:
                yield report(
                    resource,
                    f"the weights of {route.get('name')} add up to {sum(weights)}",
                    "weights that add up to 100",
                )
            asked = [match.get("headers") for match in route.get("match") or [{}]]
            headers |= {str(one) for one in asked if one}
            if not all(asked):
                splits.add(
                    tuple(
                        (hop["destination"].get("subset"), hop.get("weight", 100))
                        for hop in hops
                    )
                )
            if versions and any("subset" not in hop["destination"] for hop in hops):
                yield report(
                    resource,
                    f"{route.get('name')} goes to every version",
                    "`subset`, for each destination",
                )
        if len(headers) > 1:
            yield report(
                resource,
                f"calls are told apart by different headers: {sorted(headers)}",
                "the same header in every route",
            )
        if len(splits) > 1:
            yield report(
                resource,
                f"kinds of calls are divided differently: {sorted(splits, key=str)}",
                "the same weights in every route",
            )


def host_has_versions(mesh: Mesh, resource: Resource) -> bool:
    """Tell whether the replicas of a host are of several versions."""
    return any(
        rule.spec.get("subsets") and rule.spec.get("host") in resource.spec["hosts"]
        for rule in mesh.of_kind("DestinationRule")
    )
