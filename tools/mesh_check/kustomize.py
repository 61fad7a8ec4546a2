"""What a kustomization makes of its files, for the few fields that ours use."""

import copy
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.folder import BASE, KUSTOMIZATION, Folder
from tools.mesh_check.resource import Resource

FIELDS = {"apiVersion", "kind", "resources", "components", "patches"}


class Broken(ValueError):
    """A kustomization that cannot be built."""


def build(folder: Folder, name: str) -> list[Resource]:
    """Build the kustomization in a folder."""
    said = kustomization(folder, name)
    found: list[Resource] = []
    for path in said.get("resources", []):
        found += loaded(folder, joined(name, path))
    for path in said.get("components", []):
        add_component(folder, joined(name, path), found)
    patch_all(folder, name, said, found)
    return found


def build_with(folder: Folder, component: str) -> list[Resource]:
    """Build the base with one component."""
    found = build(folder, BASE)
    add_component(folder, component, found)
    return found


def add_component(folder: Folder, name: str, found: list[Resource]) -> None:
    """Let a component add to what is there, and change it."""
    said = kustomization(folder, name)
    for path in said.get("resources", []):
        found += loaded(folder, joined(name, path))
    patch_all(folder, name, said, found)


def kustomization(folder: Folder, name: str) -> Mapping[str, Any]:
    """Read it, and refuse what this does not understand."""
    file = joined(name, KUSTOMIZATION)
    if not folder.has(file):
        raise Broken(f"{name}: there is no {KUSTOMIZATION}")
    said: Mapping[str, Any] = folder.documents[file][0]
    if unknown := set(said) - FIELDS:
        raise Broken(f"{file}: {sorted(unknown)} is not understood here")
    return said


def loaded(folder: Folder, name: str) -> list[Resource]:
    """Load a file, or the kustomization of a folder."""
    if not name.endswith(".yaml"):
        return build(folder, name)
    if not folder.has(name):
        raise Broken(f"{name}: there is no such file")
    documents = copy.deepcopy(folder.documents[name])
    return [Resource(document, name) for document in documents]


def patch_all(
    folder: Folder, name: str, said: Mapping[str, Any], found: list[Resource]
) -> None:
    """Apply the patches, in order."""
    for patch in said.get("patches", []):
        file = joined(name, patch["path"])
        if not folder.has(file):
            raise Broken(f"{file}: there is no such file")
        target = patch.get("target", {})
        hit = [resource for resource in found if matches(resource, target)]
        if not hit:
            raise Broken(f"{file}: nothing is there to be patched ({target})")
        for resource in hit:
            try:
                for operation in folder.documents[file][0]:
                    apply(resource.document, copy.deepcopy(operation))
            except (KeyError, IndexError, ValueError, TypeError) as error:
                raise Broken(f"{file}: does not fit {resource}: {error}") from error
            resource.patches += (file,)


def matches(resource: Resource, target: Mapping[str, str]) -> bool:
    """Tell whether a patch is for a resource: kind and name are whole expressions."""
    return all(
        re.fullmatch(target[field], value)
        for field, value in (("kind", resource.kind), ("name", resource.name))
        if field in target
    )


def apply(document: Any, operation: Mapping[str, Any]) -> None:
    """Apply one operation of a JSON patch (RFC 6902)."""
    *way, last = pointer(operation["path"])
    place = document
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    key: Any = last
    if isinstance(place, list):
        key = len(place) if last == "-" else int(last)
    match operation["op"]:
        case "add" if isinstance(place, list):
            place.insert(key, operation["value"])
        case "add":
            place[key] = operation["value"]
        case "replace":
            place[key]  # it has to be there
            place[key] = operation["value"]
        case "remove":
            del place[key]
        case "test":
            if place[key] != operation["value"]:
                raise ValueError(f"{operation['path']} is {place[key]!r}")
        case other:
            raise ValueError(f"{other!r} is not understood here")


def pointer(path: str) -> Iterator[str]:
    """Split a JSON pointer (RFC 6901)."""
    for step in path.removeprefix("/").split("/"):
        yield step.replace("~1", "/").replace("~0", "~")


def joined(folder: str, path: str) -> str:
    """Find a path from a folder's."""
    return posixpath.normpath(posixpath.join(folder, path))
