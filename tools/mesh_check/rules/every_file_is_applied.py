"""Each file is part of a kustomization, and each kustomization can be built."""

from collections import Counter
from collections.abc import Iterator

from deploy.mesh.kinds.base import Refused
from deploy.mesh.kustomize import FILE, joined, kustomization
from tools.mesh_check.folder import Folder
from tools.mesh_check.mesh import VALUES, Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding

report = Report(__name__, breaks="what the file says is true of no mesh")


def check_files(folder: Folder, rules: frozenset[str]) -> Iterator[Finding]:
    """Follow every kustomization, and see what is left."""
    used = {VALUES}
    for name in folder.kustomizations():
        try:
            said = kustomization(folder.documents_of, name)
        except Refused as error:
            yield report.file(name, str(error), "what `tools/mesh_check` knows")
            continue
        used.add(joined(name, FILE))
        used |= {joined(name, path) for path in said.resources}
        used |= {joined(name, patch.path) for patch in said.patches}
    for name in folder.texts:
        if name not in used:
            yield report.file(name, "no kustomization names it", "it where it belongs")


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look for two resources of one name: an API server keeps the last."""
    for key, count in Counter(one.key for one in mesh.resources).items():
        if count > 1:
            yield report.file(mesh.name, f"{key} is there {count} times", "it once")


def broken(error: Exception) -> Finding:
    """Say that a kustomization cannot be built."""
    return report.file("deploy/istio", str(error), "files and names that are there")
