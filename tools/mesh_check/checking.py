"""Runs the rules: each over every mesh that the files make, or over the files."""

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

from deploy.mesh.kinds.base import Refused
from tools.mesh_check import rules as package
from tools.mesh_check.folder import Folder
from tools.mesh_check.mesh import Mesh, meshes
from tools.mesh_check.resource import Finding
from tools.mesh_check.rules.every_file_is_applied import broken

OfMesh = Callable[[Mesh], Iterator[Finding]]
OfFiles = Callable[[Folder, frozenset[str]], Iterator[Finding]]
OFFICIAL = "official-schemas"  # what `deploy/istio/check` does, in Go


# What a rule meets in a resource that Kubernetes would refuse as well.
UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError)


@cache
def rules() -> tuple[dict[str, OfMesh], dict[str, OfFiles]]:
    """Find the rules: of a mesh, and of the files. One may be both."""
    of_mesh, of_files = {}, {}
    for found in pkgutil.iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{found.name}")
        name = found.name.replace("_", "-")
        if hasattr(module, "check"):
            of_mesh[name] = module.check
        if hasattr(module, "check_files"):
            of_files[name] = module.check_files
    return of_mesh, of_files


def names() -> frozenset[str]:
    """Name every rule."""
    of_mesh, of_files = rules()
    return frozenset({*of_mesh, *of_files, OFFICIAL})


def check(folder: Folder, wanted: frozenset[str] | None = None) -> list[Finding]:
    """Return what is wrong; with `wanted`, look at these kustomizations alone."""
    _, of_files = rules()
    found: dict[Finding, None] = {}
    for look in of_files.values():
        found |= dict.fromkeys(look(folder, names()))
    try:
        for mesh in meshes(folder, wanted):
            found |= dict.fromkeys(check_mesh(mesh))
    except Refused as error:
        found[broken(error)] = None
    return sorted(found)


def check_mesh(mesh: Mesh) -> Iterator[Finding]:
    """Let every rule look at one mesh."""
    of_mesh, _ = rules()
    for name, rule in of_mesh.items():
        try:
            yield from rule(mesh)
        except UNREADABLE as error:
            yield Finding(
                mesh.name,
                "a resource",
                name,
                f"it cannot be read: {type(error).__name__}: {error}",
                "Kubernetes refuses it, too",
                "what its definition says: `make mesh-check` asks it next",
                crashed=True,
            )
