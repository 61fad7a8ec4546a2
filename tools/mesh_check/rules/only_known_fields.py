"""A resource is of a kind, in a namespace, and says fields that some rule looks at."""

from collections.abc import Iterator

from tools.mesh_check.mesh import VALUES, Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.shapes import NAMESPACES, VALUES_SHAPE, shape_of, unknown

report = Report(
    __name__,
    breaks="it changes what a call meets, and no rule of these knows what it means: "
    "`istio.io/dry-run` turns a policy off, an EnvoyFilter rewrites all of it",
)
TEACH = "what is known, or teach it to `tools/mesh_check/shapes.py` and to a rule"
PARENTS = ("Gateway", "ServiceEntry")


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at every resource, and at the values of the mesh."""
    for resource in mesh.resources:
        yield from of_resource(resource)
    for field in unknown(VALUES_SHAPE, dict(mesh.values)):
        yield Finding(
            VALUES, field, report.rule, "no rule knows it", report.breaks, TEACH
        )


def of_resource(resource: Resource) -> Iterator[Finding]:
    """Look at one."""
    group, _, version = resource.api.rpartition("/")
    kind = f"{group}/{resource.kind}"
    if kind not in NAMESPACES or version != "v1":
        yield report(resource, f"no rule knows {resource.api}/{resource.kind}", TEACH)
        return
    if resource.namespace not in NAMESPACES[kind]:
        yield report(
            resource,
            f"a {resource.kind} in {resource.namespace} is nothing that Parley needs",
            f"it in {sorted(NAMESPACES[kind])}",
        )
    for field in unknown(shape_of(kind), resource.document):
        yield report(resource, f"it says `{field}`", TEACH)
    for parent in resource.spec.get("parentRefs") or []:
        if parent.get("kind", "Gateway") not in PARENTS:
            yield report(
                resource,
                f"it is about the calls to a {parent['kind']}",
                "a VirtualService: for one host, only one of the two APIs is read",
            )
