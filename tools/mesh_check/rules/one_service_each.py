"""For each host of Parley there is one VirtualService, and it is the whole truth."""

from collections import Counter
from collections.abc import Iterator

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.system import PARTS

CALLED = ("auth", "chat", "llm", "web")  # the edge is called by a gateway's route
report = Report(
    __name__,
    breaks="sidecars read one of two, the older, and nobody sees which; the other's "
    "limits and retries are true of no call",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Count them, and the hosts of each."""
    services = mesh.of_kind("VirtualService")
    for one in services:
        if not one.spec.get("hosts"):
            yield report(one, "it is for no host", "`hosts`, or no such service")
    given = Counter(host for one in services for host in one.spec.get("hosts") or [])
    for host in sorted({PARTS[name].full for name in CALLED} | set(given)):
        if given[host] != 1:
            yield report.missing(
                f"{given[host]} VirtualServices are for {host}", "exactly one"
            )
