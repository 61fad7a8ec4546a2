"""Each file is part of a kustomization, and each kustomization can be built."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.folders import Patch
from deploy.mesh.kustomize import FILE, build, joined, kustomization
from deploy.mesh.resources import Document
from tools.mesh_check.folder import BASE, Folder
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
        yield from of_names(folder, name, said.patches)
        used |= {joined(name, path) for path in said.resources}
        used |= {joined(name, patch.path) for patch in said.patches}
    for name in folder.texts:
        if name not in used:
            yield report.file(name, "no kustomization names it", "it where it belongs")


def of_names(folder: Folder, name: str, patches: Sequence[Patch]) -> Iterator[Finding]:
    """Look whether each name that a patch lists is the name of something."""
    listed = [patch for patch in patches if "|" in patch.target.name]
    if not listed:
        return
    try:
        found = [(one.kind, one.name) for one in before(folder, name)]
    except Refused:  # `check` says so of the mesh
        return
    for patch in listed:
        for alternative in patch.target.name.split("|"):
            if not any(
                re.fullmatch(patch.target.kind, kind) and re.fullmatch(alternative, own)
                for kind, own in found
            ):
                yield report.file(
                    joined(name, FILE),
                    f"{patch.path} is for {alternative}, and nothing is called so",
                    "the names that there are",
                )


def before(folder: Folder, name: str) -> list[Document]:
    """Put together what the patches of a kustomization change."""
    said = folder.documents_of(joined(name, FILE))[0]
    bare = folder.with_documents(joined(name, FILE), [{**said, "patches": []}])
    if said["kind"] == "Component":
        return build(bare.documents_of, BASE, [name])
    return build(bare.documents_of, name)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look for two resources of one name: an API server keeps the last."""
    for key, count in Counter(one.key for one in mesh.resources).items():
        if count > 1:
            yield report.file(mesh.name, f"{key} is there {count} times", "it once")


def broken(error: Exception) -> Finding:
    """Say that a kustomization cannot be built."""
    return report.file("deploy/istio", str(error), "files and names that are there")
