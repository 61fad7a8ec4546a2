"""Where calls are divided between versions, every kind of call is divided the same."""

from collections.abc import Iterator

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding

report = Report(
    __name__,
    breaks="a version is tried with a part of what it does, or calls go where nobody "
    "meant them to",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at the weights of every VirtualService."""
    for resource in mesh.of_kind("VirtualService"):
        splits = set()
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
            if not any("headers" in match for match in route.get("match") or []):
                splits.add(
                    tuple(
                        (hop["destination"].get("subset"), hop.get("weight", 100))
                        for hop in hops
                    )
                )
        if len(splits) > 1:
            yield report(
                resource,
                f"kinds of calls are divided differently: {sorted(splits, key=str)}",
                "the same weights in every route",
            )
