"""
What a folder applies, as `kustomize build` puts it together.

Of kustomize, only what Parley's folders use: resources, components, and patches by
operation (RFC 6902) of what a kind and a name select. Anything else is refused by name.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonpatch
import jsonpointer
import yaml

from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.folders import Kustomization, Target
from deploy.mesh.resources import Document

ROOT = Path(__file__).parents[2]
FILE = "kustomization.yaml"


def build(folder: Path) -> list[Document]:
    """Return the resources that a folder applies."""
    return built(folder.resolve(), [])


def built(folder: Path, before: list[Document]) -> list[Document]:
    """Add to what was there what a folder adds, then change all as it says."""
    written = Kustomization.read(str(folder / FILE), *parsed(folder / FILE), root="")
    found = [*before]
    for name in written.resources:
        place = (folder / name).resolve()
        if place.is_dir():
            found += built(place, [])
        else:
            found += documents(place)
    for name in written.components:
        # A component changes what stands there already.
        found = built((folder / name).resolve(), found)
    for patch in written.patches:
        (operations,) = parsed(folder / patch.path)
        found = patched(found, patch.target, operations, str(folder / patch.path))
    return found


def documents(file: Path) -> list[Document]:
    """Read the resources of a file."""
    return [Document(shown(file), each) for each in parsed(file)]


def parsed(file: Path) -> list[Any]:
    """Read what a file of YAML holds."""
    try:
        return [each for each in yaml.safe_load_all(file.read_text()) if each]
    except (OSError, yaml.YAMLError) as error:
        raise Refused(f"{shown(file)}: {error}") from None


def shown(file: Path) -> str:
    """Name a file shortly."""
    return str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)


def patched(
    found: Iterable[Document], target: Target, operations: Any, place: str
) -> list[Document]:
    """Change what a patch selects; one that selects nothing is a mistake."""
    changed, count = [], 0
    for document in found:
        kind = str(document.written.get("kind"))
        name = str(document.written.get("metadata", {}).get("name"))
        if re.fullmatch(target.kind, kind) and re.fullmatch(target.name, name):
            count += 1
            document = replace(document, written=applied(document, operations, place))
        changed.append(document)
    if not count:
        raise Refused(f"{place}: there is no {target.kind} {target.name}")
    return changed


def applied(document: Document, operations: Any, place: str) -> Any:
    """Apply operations to one resource."""
    try:
        return jsonpatch.apply_patch(document.written, operations)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise Refused(f"{place}: {error}") from None
