"""
Whether manifests are what their API takes, strictly: no field that it does not have.

The schemas of Kubernetes come with the package `kubernetes-validate`; those of
operators with Go modules, downloaded for their files alone (`operators/go.mod`).
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tools.kubernetes.manifests import ROOT, Manifest, Manifests, of_kind, read

# The oldest that has everything that is used, and the newest that was tried.
VERSIONS = ("1.32", "1.37")
# Operators whose modules Go's proxy serves. Of the others' kinds nothing is known here:
# docs/operations/unproven.md says how to check them.
MODULES = ROOT / "tools/kubernetes/operators"
FOLDERS = {
    "github.com/cloudnative-pg/cloudnative-pg": "config/crd/bases",
    "github.com/cloudnative-pg/plugin-barman-cloud": "config/crd/bases",
    "github.com/external-secrets/external-secrets": "config/crds/bases",
    "github.com/prometheus-operator/prometheus-operator": (
        "example/prometheus-operator-crd"
    ),
}

COMPOSE = "github.com/compose-spec/compose-go/v2"

Schema = dict[str, Any]
Kind = tuple[str, str]


class Missing(Exception):
    """What would be needed is not here."""


def problems(manifests: Manifests, extra: Mapping[Kind, Schema]) -> Iterator[str]:
    """Say what each API would refuse."""
    for manifest in manifests:
        kind = (manifest["apiVersion"], manifest["kind"])
        where = f"{manifest['kind']} {manifest['metadata']['name']}"
        if schema := extra.get(kind):
            yield from said(where, Draft202012Validator(schema), manifest)
            continue
        if not is_kubernetes(kind[0]):
            continue  # see `unknown`
        for version in VERSIONS:
            validator = of_kubernetes(version, *kind)
            yield from said(f"{where} (Kubernetes {version})", validator, manifest)


def said(where: str, validator: Any, manifest: Manifest) -> Iterator[str]:
    """Word what a schema finds."""
    for error in validator.iter_errors(manifest):
        place = ".".join(map(str, error.absolute_path)) or "all of it"
        yield f"{where}: {place}: {error.message[:300]}"


def unknown(manifests: Manifests, extra: Mapping[Kind, Schema]) -> list[str]:
    """Name the kinds for which there is no schema here."""
    kinds = {(each["apiVersion"], each["kind"]) for each in manifests}
    return sorted(
        f"{api} {kind}" for api, kind in kinds - extra.keys() if not is_kubernetes(api)
    )


def is_kubernetes(api: str) -> bool:
    """Tell Kubernetes' own API groups from those of operators."""
    group, _, _ = api.rpartition("/")
    return "." not in group or group.endswith(".k8s.io")


@lru_cache
def of_kubernetes(version: str, api: str, kind: str) -> Any:
    """Return the schema of a kind of Kubernetes' own."""
    packages = "lib/python*/site-packages/kubernetes_validate/kubernetes-json-schema"
    folders = [
        folder
        for environment in (ROOT / ".cache/kubernetes", Path(sys.prefix))
        for folder in environment.glob(f"{packages}/v{version}.0-local-strict")
    ]
    if not folders:
        raise Missing("the package kubernetes-validate is not installed")
    folder = folders[0]
    group, _, last = api.rpartition("/")
    short = f"{group.partition('.')[0]}-{last}" if group else last
    file = folder / f"{kind.lower()}-{short}.json"
    definitions = Resource.from_contents(
        json.loads((folder / "_definitions.json").read_text())
    )
    schema = json.loads(file.read_text())
    registry: Any = definitions @ Registry()
    return Draft202012Validator(schema, registry=registry)


def of_operators() -> dict[Kind, Schema]:
    """Read the schemas in the operators' modules."""
    found: dict[Kind, Schema] = {}
    for module, folder in downloaded(*FOLDERS).items():
        for file in sorted((folder / FOLDERS[module]).glob("*.yaml")):
            found |= definitions_in(file.read_text())
    return found


def of_compose() -> Any:
    """Read the schema of compose files in the module that reads them."""
    folder = downloaded(COMPOSE)[COMPOSE]
    return Draft202012Validator(
        json.loads((folder / "schema/compose-spec.json").read_text())
    )


def downloaded(*modules: str) -> dict[str, Path]:
    """Have Go download modules, by the hashes in `go.sum`; return their folders."""
    if not shutil.which("go"):
        raise Missing("Go is not installed, so the schemas cannot be had")
    done = subprocess.run(
        ["go", "mod", "download", "-json", *modules],
        cwd=MODULES,
        capture_output=True,
        text=True,
        check=False,
    )
    folders: dict[str, Path] = {}
    decoder, rest = json.JSONDecoder(), done.stdout.strip()
    while rest:
        module, end = decoder.raw_decode(rest)
        rest = rest[end:].strip()
        if "Error" in module:
            raise Missing(f"{module['Path']}: {module['Error']}")
        folders[module["Path"]] = Path(module["Dir"])
    if folders.keys() != set(modules):
        raise Missing(done.stderr.strip() or "Go downloaded nothing")
    return folders


def definitions_in(text: str) -> dict[Kind, Schema]:
    """Read the kinds that a CustomResourceDefinition describes."""
    found: dict[Kind, Schema] = {}
    for definition in of_kind(read(text), "CustomResourceDefinition"):
        spec = definition["spec"]
        for version in spec["versions"]:
            if schema := version.get("schema"):
                kind = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                found[kind] = strict(schema["openAPIV3Schema"], top=True)
    return found


def strict(schema: Any, *, top: bool = False) -> Any:
    """Refuse what a schema of a custom resource does not name (structural schemas)."""
    if isinstance(schema, Sequence) and not isinstance(schema, str):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    changed = {
        key: (
            {name: strict(each) for name, each in value.items()}
            if key == "properties"
            else value
            if key in ("default", "enum", "example", "description")
            else strict(value)
        )
        for key, value in schema.items()
    }
    if schema.get("nullable") and isinstance(schema.get("type"), str):
        changed["type"] = [schema["type"], "null"]
    if (
        "properties" in schema
        and "additionalProperties" not in schema
        and not schema.get("x-kubernetes-preserve-unknown-fields")
    ):
        changed["additionalProperties"] = False
        if top:
            changed["properties"] = {
                **changed["properties"],
                "apiVersion": {},
                "kind": {},
                "metadata": {},
            }
    return changed
