"""What no policy allows is refused."""

from collections.abc import Iterator

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.system import EGRESS, NAMESPACE

WAYPOINT = {
    "group": "gateway.networking.k8s.io",
    "kind": "Gateway",
    "name": "waypoint",
}
report = Report(
    __name__,
    breaks="a pod that no other policy selects takes every call of the mesh",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look for a policy without rules in each namespace, and at the waypoint."""
    empty = [
        policy
        for policy in mesh.of_kind("AuthorizationPolicy")
        if not policy.spec.get("rules")
        and policy.spec.get("action", "ALLOW") == "ALLOW"
    ]
    for namespace in (NAMESPACE, EGRESS):
        if not any(one.is_for_all and one.namespace == namespace for one in empty):
            yield report.missing(
                f"no policy in {namespace} allows nothing",
                "an AuthorizationPolicy with `spec: {}`",
            )
    if mesh.is_ambient and not any(
        target == WAYPOINT for one in empty for target in one.targets
    ):
        yield report.missing(
            "no policy at the waypoint allows nothing: one without a target holds "
            "on the nodes alone",
            "an AuthorizationPolicy with the waypoint as its target and no rules",
        )
    for policy in mesh.of_kind("AuthorizationPolicy"):
        if policy.spec.get("action", "ALLOW") != "ALLOW":
            yield report(
                policy,
                f"its action is {policy.spec['action']}",
                "narrow ALLOWs: what they do not name is refused already",
                breaks="a refusal that names what it refuses lets through what is "
                "written otherwise, and hides which calls are meant to be",
            )
