"""Policies are said of whom somebody reads methods for: pods, or a waypoint's."""

from collections.abc import Iterator

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding

KINDS = ("AuthorizationPolicy", "RequestAuthentication", "Telemetry")
report = Report(
    __name__,
    breaks="a node sees no method and refuses everything; a sidecar knows no policy "
    "that is a Service's, and lets everything through",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at what each policy is for."""
    for kind in KINDS:
        for one in mesh.of_kind(kind):
            if mesh.is_ambient and one.spec.get("selector"):
                yield report(
                    one,
                    "it is for pods, on whose nodes nobody reads methods",
                    "it among the names in components/ambient/kustomization.yaml",
                )
            elif not mesh.is_ambient and one.is_of_a_waypoint:
                yield report(
                    one,
                    f"it is for {[dict(target) for target in one.targets]}",
                    "a `selector`: there is no waypoint in this mesh",
                )
