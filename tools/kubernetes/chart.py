"""
Write the Helm chart from the manifests: `python -m tools.kubernetes.chart`.

The chart is the environment `production`, with values in the places that `VALUES`
names. Each value's default is what stands there; with no values given, it is just that.
With `values-staging.yaml` it is the environment `staging`. Others have more to them
than values, and are kustomize's.
"""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tools.kubernetes.chart_schema import other, schema, values_file
from tools.kubernetes.chart_values import (
    ITEMS,
    MARK,
    OPTIONAL,
    defaults,
    marked,
    written,
)
from tools.kubernetes.manifests import (
    FOLDER as MANIFESTS,
)
from tools.kubernetes.manifests import NAME, ROOT, Manifest, overlay, read

FOLDER = ROOT / "deploy/helm/parley"
SOURCE = "production"
# Environments that differ in values alone.
BESIDES = ("staging",)
HEAD = "# Made from deploy/kubernetes by `make chart`; what is changed here is lost.\n"
SETTINGS = "parley.dev/settings"
# What kustomize appends to the names of these.
UNIQUE = re.compile(r"(?<=^places)-\w{10}$|(?<=^edge)-\w{10}$|(?<=^models)-\w{10}$")
REVISION = f"{MARK}.Release.Revision{MARK}"

Key = tuple[str, str, str]


class Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        return True


def represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, represent)


def key_of(manifest: Manifest) -> Key:
    """Name a manifest, however its name was made unique."""
    name = UNIQUE.sub("", manifest["metadata"]["name"])
    if manifest["kind"] == "Job":
        name = name.removesuffix("-1")
    return manifest["kind"], manifest["metadata"].get("namespace", ""), name


@lru_cache
def components() -> Mapping[Key, str]:
    """Say which component a manifest comes from."""
    listed = MANIFESTS / "overlays" / SOURCE / "kustomization.yaml"
    return {
        key_of(manifest): Path(component).name
        for component in yaml.safe_load(listed.read_text())["components"]
        for folder in [MANIFESTS / "components" / Path(component).name]
        for file in sorted(folder.glob("*.yaml"))
        if file.name != "kustomization.yaml"
        for manifest in read(file.read_text())
        if isinstance(manifest, dict) and "kind" in manifest
    }


def source(name: str = SOURCE) -> list[Manifest]:
    """Return what a chart has of it: all but the namespace that it is put into."""
    return [
        manifest
        for manifest in overlay(name)
        if key_of(manifest) != ("Namespace", "", "parley")
    ]


def place(manifest: Manifest) -> str:
    """Name the file that a manifest goes to."""
    key = key_of(manifest)
    if component := components().get(key):
        return component
    if key == ("ConfigMap", "parley-data", "roles"):
        return "postgres"
    if manifest["kind"] == "NetworkPolicy":
        return "network"
    name = manifest["metadata"].get("labels", {}).get(NAME) or key[2]
    return name if manifest["kind"] != "ServiceAccount" else "accounts"


def files() -> dict[str, str]:
    """Write the chart's files."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    about = {
        "apiVersion": "v2",
        "name": "parley",
        "description": "A self-hosted chat platform whose every capability is gRPC.",
        "type": "application",
        "version": version,
        "appVersion": version,
        "kubeVersion": ">=1.32.0-0",
    }
    manifests = source()
    templates: dict[str, list[str]] = {}
    for manifest in manifests:
        templates.setdefault(place(manifest), []).append(template(manifest))
    return {
        "Chart.yaml": HEAD + dump(about),
        "values.yaml": HEAD + values_file(manifests),
        **{
            f"values-{name}.yaml": HEAD
            + dump(other(defaults(manifests), defaults(overlay(name))))
            for name in BESIDES
        },
        "values.schema.json": json.dumps(schema(defaults(manifests)), indent=2) + "\n",
        **{
            f"templates/{name}.yaml": HEAD + conditional(name, "---\n".join(found))
            for name, found in sorted(templates.items())
        },
    }


def conditional(name: str, text: str) -> str:
    """Leave out what is optional, unless it is wanted."""
    if name not in OPTIONAL:
        return text
    return f"{{{{- if .Values.{OPTIONAL[name]}.enabled }}}}\n{text}{{{{- end }}}}\n"


def template(manifest: Manifest) -> str:
    """Write one manifest with its values, and the names that a release gives."""
    manifest = marked(deepcopy(manifest))
    named(manifest)
    if manifest["kind"] == "Job":
        # What a Job does cannot be changed, so each release has its own.
        manifest["metadata"]["name"] += f"-{REVISION}"
    if manifest["kind"] == "Deployment":
        about = manifest["spec"]["template"]["metadata"].setdefault("annotations", {})
        # What changes in a ConfigMap has its readers start anew.
        read_by = {
            "edge": ".Values.edge",
            "llm": "(list .Values.places .Values.models)",
        }
        expression = read_by.get(manifest["metadata"]["name"], ".Values.places")
        about[SETTINGS] = f"{MARK}{expression}{MARK}sha256"
    return written(dump(manifest))


def named(found: Any) -> None:
    """Take the suffixes off that kustomize made names unique by."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key == "name" and isinstance(value, str):
                found[key] = UNIQUE.sub("", value)
            named(value)
    elif isinstance(found, list):
        for each in found:
            named(each)


def dump(found: Any) -> str:
    """Write YAML."""
    return yaml.dump(
        found, Dumper=Dumper, sort_keys=False, width=1000, allow_unicode=True
    )


def strangers() -> Iterator[Path]:
    """Name the files of the chart that nothing makes."""
    made = files()
    for file in sorted(FOLDER.rglob("*")):
        if file.is_file() and str(file.relative_to(FOLDER)) not in made:
            yield file


def differences(helm: str) -> Iterator[str]:
    """Say in what Helm's output differs from the environments that it is to be."""
    yield from unlike(SOURCE, rendered(helm))
    for name in BESIDES:
        given = ("--values", str(FOLDER / f"values-{name}.yaml"))
        yield from unlike(name, rendered(helm, *given))
    for component, value in OPTIONAL.items():
        left = rendered(helm, "--set", f"{value}.enabled=false")
        signs = [item.sign for item in ITEMS if item.component == component]
        if any(place(each) == component for each in left) or any(
            sign in json.dumps(left) for sign in signs
        ):
            yield f"{value}.enabled=false leaves some of {component}"


def unlike(name: str, made: list[Manifest]) -> Iterator[str]:
    """Compare what Helm made with an environment, object by object."""
    ours = {key_of(each): plain(each) for each in source(name)}
    theirs = {key_of(each): plain(each) for each in made}
    for key in sorted(ours.keys() - theirs.keys()):
        yield f"{name}: the chart leaves out {key}"
    for key in sorted(theirs.keys() - ours.keys()):
        yield f"{name}: the chart adds {key}"
    for key in sorted(ours.keys() & theirs.keys()):
        if ours[key] != theirs[key]:
            yield f"{name}: the chart changes {key}"


def plain(manifest: Manifest) -> Manifest:
    """Leave out what a release adds."""
    manifest = deepcopy(manifest)
    named(manifest)
    manifest["metadata"]["name"] = key_of(manifest)[2]
    if manifest["kind"] == "Deployment":
        about = manifest["spec"]["template"]["metadata"]
        about.get("annotations", {}).pop(SETTINGS, None)
        if not about.get("annotations"):
            about.pop("annotations", None)
    return manifest


def rendered(helm: str, *given: str) -> list[Manifest]:
    """Have Helm render the chart."""
    command = [helm, "template", "parley", str(FOLDER), "--namespace", "parley"]
    done = subprocess.run(
        [*command, *given], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ValueError(done.stderr)
    return read(done.stdout)


def main() -> None:
    """Write the chart, and remove what is no longer part of it."""
    for file in [*strangers()]:
        file.unlink()
    for name, text in files().items():
        file = FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


if __name__ == "__main__":
    main()
