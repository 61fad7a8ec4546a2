"""Every place in which something can be added to the policy that nobody asked for."""

import copy
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from deploy.mesh.kustomize import FILE
from tools.mesh_check.folder import Folder
from tools.mesh_check.mesh import VALUES
from tools.mesh_check.mutation.mutants import Mutant, Path, is_patch, places
from tools.mesh_check.official import go

SELECTORS = ("matchLabels", "labels")
DRY_RUN = ("metadata", "annotations")
BESIDE = "base/mtls/only-mutual-tls.yaml"
Schema = Mapping[str, Any]


def additions(folder: Folder) -> Iterator[Mutant]:
    """List all of them: in each resource, and resources beside those that there are."""
    for file, documents in folder.documents.items():
        if file == VALUES or PurePosixPath(file).name == FILE or is_patch(folder, file):
            continue
        for number, document in enumerate(documents):
            yield from within(file, number, document)
            yield Mutant(file, len(documents), (), again(document))
    for kind in schemas():
        api, _, name = kind.rpartition("/")
        yield Mutant(BESIDE, 1, (), new(api, name))


def within(file: str, number: int, document: Any) -> Iterator[Mutant]:
    """List what can be added to one resource."""
    if "annotations" in document["metadata"]:
        yield Mutant(file, number, (*DRY_RUN, "istio.io/dry-run"), "true")
    else:
        yield Mutant(file, number, DRY_RUN, {"istio.io/dry-run": "true"})
    for path, value in places(document, ()):
        if path[-1] in SELECTORS and path[0] == "spec":
            yield Mutant(file, number, (*path, "track"), "stable")
        if isinstance(value, list) and value:
            yield Mutant(file, number, (*path, len(value)), more(value[-1]))
    for path, given in siblings(document):
        yield Mutant(file, number, path, given)


def more(item: Any) -> Any:
    """Write one more item of a list: what is like the last one, or holds for all."""
    if isinstance(item, dict):
        return {}
    return f"{item}x" if isinstance(item, str) else item


def again(document: Any) -> Any:
    """Write a resource once more, under another name."""
    other = copy.deepcopy(document)
    other["metadata"]["name"] += "-too"
    return other


def new(api: str, kind: str) -> Any:
    """Write a resource of a kind that says nothing."""
    metadata = {"name": "added", "namespace": "parley"}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": {}}


@cache
def schemas() -> Mapping[str, Schema]:
    """Read the official schema of each kind that Istio or the Gateway API has."""
    done = go("run", ".", "--fields")
    done.check_returncode()
    found: Mapping[str, Schema] = json.loads(done.stdout)
    return found


def siblings(document: Any) -> Iterator[tuple[Path, Any]]:
    """List the fields that a resource could have and has not."""
    schema = schemas().get(f"{document['apiVersion']}/{document['kind']}")
    spec = ((schema or {}).get("properties") or {}).get("spec")
    if spec:
        yield from missing(spec, document.get("spec") or {}, ("spec",))


def missing(schema: Schema, value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Compare a value with its schema, and all that is in it."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from missing(schema.get("items") or {}, item, (*path, number))
        return
    if not isinstance(value, dict):
        return
    for name, field in (schema.get("properties") or {}).items():
        if name in value:
            yield from missing(field, value[name], (*path, name))
        else:
            yield (*path, name), example(field)


def example(schema: Schema) -> Any:
    """Write a value that a field may have."""
    if choices := schema.get("enum"):
        return choices[-1]
    if schema.get("x-kubernetes-int-or-string"):
        return 1
    kind = schema.get("type")
    if kind == "array":
        return [example(schema.get("items") or {})]
    if kind == "object":
        wanted = schema.get("required") or []
        fields = schema.get("properties") or {}
        return {name: example(fields.get(name) or {}) for name in wanted}
    simple = {"boolean": True, "integer": 1, "number": 1, "string": "1s"}
    return simple.get(str(kind), "1s")
