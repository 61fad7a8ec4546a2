"""Runs the rules: each over every mesh that the files make, or over the files."""

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

from tools.mesh_check import rules as package
from tools.mesh_check.folder import Folder
from tools.mesh_check.kustomize import Broken
from tools.mesh_check.mesh import Mesh, meshes
from tools.mesh_check.resource import Finding

OfMesh = Callable[[Mesh], Iterator[Finding]]
OfFiles = Callable[[Folder, frozenset[str]], Iterator[Finding]]
OFFICIAL = "official-schemas"  # what `deploy/istio/check` does, in Go


@cache
def rules() -> tuple[dict[str, OfMesh], dict[str, OfFiles]]:
    """Find the rules: of a mesh, and of the files."""
    of_mesh, of_files = {}, {}
    for found in pkgutil.iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{found.name}")
        name = found.name.replace("_", "-")
        if hasattr(module, "check"):
            of_mesh[name] = module.check
        else:
            of_files[name] = module.check_files
    return of_mesh, of_files


def names() -> frozenset[str]:
    """Name every rule."""
    of_mesh, of_files = rules()
    return frozenset({*of_mesh, *of_files, OFFICIAL})


def check(folder: Folder, wanted: frozenset[str] | None = None) -> list[Finding]:
    """Return what is wrong; with `wanted`, look at these kustomizations alone."""
    of_mesh, of_files = rules()
    found: dict[Finding, None] = {}
    for look in of_files.values():
        found |= dict.fromkeys(look(folder, names()))
    try:
        for mesh in meshes(folder, wanted):
            for rule in of_mesh.values():
                found |= dict.fromkeys(rule(mesh))
    except Broken:
        pass  # `every-file-is-applied` has said so
    return sorted(found)
