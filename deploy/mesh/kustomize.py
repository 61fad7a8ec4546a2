"""
What a folder applies, as `kustomize build` puts it together.

Of kustomize, only what Parley's folders use: resources, components, and patches of what
a kind and a name select, by operation (RFC 6902) or by `$patch: delete`. Anything else
is refused by name.
A file is named by its path, from wherever what reads it begins.
"""

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import jsonpatch
import jsonpointer

from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.folders import Kustomization, Target
from deploy.mesh.resources import Document

FILE = "kustomization.yaml"
NOT_FITTING = (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException)

# Gives the documents of a file of YAML; raises `Refused` if there is none.
Read = Callable[[str], Sequence[Any]]


def build(read: Read, folder: str, components: Sequence[str] = ()) -> list[Document]:
    """Return the resources that a folder applies, with these components beside it."""
    found = built(read, folder, [])
    for component in components:
        found = built(read, component, found)
    return found


def built(read: Read, folder: str, before: Sequence[Document]) -> list[Document]:
    """Add to what was there what a folder adds, then change all as it says."""
    written = kustomization(read, folder)
    found = [*before]
    for path in (joined(folder, each) for each in written.resources):
        if path.endswith(".yaml"):
            found += [document(path, each) for each in read(path)]
        else:
            found += built(read, path, [])
    for each in written.components:
        # A component changes what stands there already.
        found = built(read, joined(folder, each), found)
    for patch in written.patches:
        file = joined(folder, patch.path)
        found = patched(found, patch.target, *read(file), file=file)
    return found


def document(path: str, written: Any) -> Document:
    """Take a resource of a file."""
    if not isinstance(written, dict):
        raise Refused(f"{path}: {written!r:.40} is no resource")
    return Document(path, written)


def kustomization(read: Read, folder: str) -> Kustomization:
    """Read what a folder is made of."""
    file = joined(folder, FILE)
    found = read(file)
    if len(found) != 1:
        raise Refused(f"{file}: holds {len(found)} documents, not one")
    return Kustomization.read(file, found[0], root="")


def joined(folder: str, path: str) -> str:
    """Find a path from a folder's."""
    return posixpath.normpath(posixpath.join(folder, path))


def patched(
    found: Sequence[Document], target: Target, *operations: Any, file: str
) -> list[Document]:
    """Change what a patch selects; one that selects nothing is a mistake."""
    changed, count = [], 0
    for document in found:
        if re.fullmatch(target.kind, document.kind) and re.fullmatch(
            target.name, document.name
        ):
            count += 1
            if len(operations) == 1 and deletes(operations[0]):
                refuse_others(document, operations[0], file)
                continue
            for each in operations:
                document = applied(document, each, file)
        changed.append(document)
    if not count:
        raise Refused(f"{file}: there is no {target.kind} {target.name}")
    return changed


def deletes(patch: Any) -> bool:
    """Tell whether a patch takes away what it is for (a strategic merge patch)."""
    return isinstance(patch, dict) and patch.get("$patch") == "delete"


def refuse_others(document: Document, patch: Any, file: str) -> None:
    """Refuse to take away what is of another kind than the patch says."""
    own = {key: document.written.get(key) for key in ("apiVersion", "kind")}
    said = {key: value for key, value in patch.items() if key != "metadata"}
    named = isinstance(patch.get("metadata"), dict) and "name" in patch["metadata"]
    if said != {"$patch": "delete", **own} or not named:
        raise Refused(f"{file}: does not fit {document.kind} {document.name}")


def applied(document: Document, operations: Any, file: str) -> Document:
    """Apply a list of operations to one resource."""
    if not isinstance(operations, list):
        raise Refused(f"{file}: is no list of operations (RFC 6902)")
    try:
        written = jsonpatch.apply_patch(document.written, operations)
    except (*NOT_FITTING, AttributeError, TypeError) as error:
        raise Refused(
            f"{file}: does not fit {document.kind} {document.name}: {error}"
        ) from None
    return replace(document, written=written, patches=(*document.patches, file))
