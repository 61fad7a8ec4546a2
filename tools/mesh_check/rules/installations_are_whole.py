"""What is installed has what the base leaves to choose, and what fits to it."""

from collections.abc import Iterator

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding

report = Report(
    __name__,
    breaks="every sidecar sees the whole cluster, or there is nobody who keeps the "
    "policies that name a method",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at overlays, which are to be installed as they are."""
    if not mesh.is_an_installation:
        return
    scoped = bool(mesh.of_kind("Sidecar"))
    if scoped == mesh.is_ambient:
        yield report.missing(
            f"{mesh.name} has " + ("both" if scoped else "neither") + " of the two",
            "the component `sidecars`, or the component `ambient`",
        )
    for entry in mesh.of_kind("ServiceEntry") if mesh.is_ambient else []:
        yield report(
            entry,
            "a name outside, and no sidecar that leads calls to it through the gateway",
            "no component of `components/providers` together with `ambient`",
            breaks="llm's calls leave in plaintext, past the egress gateway: a node "
            "knows no HTTPRoute of a ServiceEntry, and lets through whom it knows not",
        )
