"""No Telemetry hides another: one for each namespace, and one for each part."""

from collections import Counter
from collections.abc import Iterator

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding

report = Report(
    __name__,
    breaks="Istio reads a single Telemetry without a selector in a namespace, and one "
    "for a pod: what the other says (logs, or traces) is never done",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Count them."""
    found = mesh.of_kind("Telemetry")
    said = Counter(
        (one.namespace, part) for one in found for part in one.parts or ["all"]
    )
    for (namespace, part), count in said.items():
        if count > 1:
            yield report.missing(
                f"{count} Telemetries of {namespace} are for {part}",
                "one, with all that is to be told",
            )
