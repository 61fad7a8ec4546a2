"""Every way in which one place of the policy can be taken away or loosened."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from deploy.mesh.kustomize import FILE, deletes
from tools.mesh_check.folder import Folder
from tools.mesh_check.mesh import VALUES

GONE = object()
Path = tuple[str | int, ...]
# What somebody might write who wants it to "just work".
LOOSER: dict[object, tuple[object, ...]] = {
    "STRICT": ("PERMISSIVE", "DISABLE"),
    "ISTIO_MUTUAL": ("DISABLE", "SIMPLE"),
    "REGISTRY_ONLY": ("ALLOW_ANY",),
    "DECODE_AND_MERGE_SLASHES": ("NONE", "BASE"),
    "LEAST_REQUEST": ("ROUND_ROBIN", "RANDOM"),
    "ALLOW": ("DENY", "AUDIT"),
    "Selector": ("All",),
    "Same": ("All",),
    "Terminate": ("Passthrough",),
    "SIMPLE": ("DISABLE",),
    "HTTPS": ("HTTP",),
    "TLSV1_3": ("TLSV1_2",),
    "envoy": ("istiod",),
}
SPAN = re.compile(r"\d+(ms|s|m|h)")


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """One change of one document."""

    file: str
    document: int
    path: Path
    value: object

    def __str__(self) -> str:
        place = "/".join(map(str, self.path)) or "the whole document"
        what = "taken away" if self.value is GONE else f"→ {self.value!r}"
        number = f"[{self.document}]" if self.document else ""
        return f"{self.file}{number} {place}: {what}"

    def applied(self, folder: Folder) -> Folder:
        """Return the policy with the change."""
        documents = copy.deepcopy(folder.documents[self.file])
        place: Any = documents
        steps = (self.document, *self.path)
        for step in steps[:-1]:
            place = place[step]
        if self.value is GONE:
            del place[steps[-1]]
        elif isinstance(place, list) and steps[-1] == len(place):
            place.append(copy.deepcopy(self.value))
        else:
            place[steps[-1]] = copy.deepcopy(self.value)
        return folder.with_documents(self.file, documents)

    @property
    def mesh(self) -> str:
        """The kustomization in which it shows."""
        if self.file == VALUES:
            return "base"
        folder = PurePosixPath(self.file).parts
        depth = {"base": 1, "overlays": 2}.get(folder[0], len(folder) - 1)
        return "/".join(folder[:depth])


def mutants(folder: Folder) -> Iterator[Mutant]:
    """List all of them: documents, then fields and items, then values."""
    for file, documents in folder.documents.items():
        patch = is_patch(folder, file)
        for number, document in enumerate(documents):
            if PurePosixPath(file).name == FILE:
                yield from of_kustomization(file, document)
                continue
            if not patch and file != VALUES:
                yield Mutant(file, number, (), GONE)
            for path, value in places(document, ()):
                for other in others(value):
                    if other != value:
                        yield Mutant(file, number, path, other)


def is_patch(folder: Folder, file: str) -> bool:
    """Tell whether a file changes resources instead of being some."""
    return isinstance(folder.documents[file][0], list) or deletes(
        folder.documents[file][0]
    )


def of_kustomization(file: str, document: Any) -> Iterator[Mutant]:
    """Take away what a kustomization names."""
    for field in ("resources", "components", "patches"):
        for number in range(len(document.get(field, []))):
            yield Mutant(file, 0, (field, number), GONE)


def places(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """List every field and item below, with its path."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, below in value.items():
            yield from places(below, (*path, key))
    if isinstance(value, list):
        for number, below in enumerate(value):
            yield from places(below, (*path, number))


def others(value: Any) -> Iterator[object]:
    """List what could stand in a place instead."""
    yield GONE
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (0, 1, value * 10 + 1)
    elif isinstance(value, str):
        yield from LOOSER.get(value, ())
        if SPAN.fullmatch(value):
            yield from ("1s", "99h")
        elif value not in LOOSER:
            yield from loosened(value)


def loosened(value: str) -> Iterator[str]:
    """List what a name or a list of words could be instead."""
    yield f"{value}x"
    if "/" in value and not value.startswith("http"):
        yield "*"
        yield value[: value.rindex("/") + 1] + "*"
    if "connect-failure" in value:
        yield f"{value},5xx"
        yield f"{value},unavailable,cancelled"
