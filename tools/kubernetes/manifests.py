"""Manifests as a cluster would get them: kustomize's output, read."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/kubernetes"
OVERLAYS = (
    "dev",
    "staging",
    "production",
    "two-regions/primary",
    "two-regions/standby",
    "two-regions/promoted",
)
PARTS = ("edge", "web", "auth", "chat", "llm")
SERVICES = ("auth", "chat", "llm")
NAME = "app.kubernetes.io/name"

Manifest = dict[str, Any]
Manifests = Sequence[Manifest]


class NoKustomize(Exception):
    """There is no kubectl here: `make setup-test` installs one."""


def kubectl() -> str:
    """Name the program that has kustomize in it: the one that is locked, or any."""
    ours = Path(sys.executable).with_name("kubectl")
    found = str(ours) if ours.exists() else shutil.which("kubectl")
    if not found:
        raise NoKustomize(NoKustomize.__doc__)
    return found


@lru_cache
def text_of(folder: Path) -> str:
    """Build a folder with a kustomization."""
    done = subprocess.run(
        [kubectl(), "kustomize", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ValueError(f"{folder}: {done.stderr}")
    return done.stdout


def built(text: str, folder: Path) -> str:
    """Build a kustomization as if it stood in a folder of this one."""
    with TemporaryDirectory(dir=folder, prefix=".check-") as name:
        (Path(name) / "kustomization.yaml").write_text(text)
        done = subprocess.run(
            [kubectl(), "kustomize", name], capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise ValueError(done.stderr)
    return done.stdout


class Loader(yaml.CSafeLoader):
    """Reads YAML as Kubernetes does, to which a lone `=` is text."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)


def read(text: str) -> list[Manifest]:
    """Read a stream of YAML documents."""
    return [found for found in yaml.load_all(text, Loader) if found]  # safe


def overlay(name: str) -> list[Manifest]:
    """Build one environment."""
    return read(text_of(FOLDER / "overlays" / name))


def of_kind(manifests: Manifests, *kinds: str) -> Iterator[Manifest]:
    """Pick those of some kinds."""
    return (found for found in manifests if found["kind"] in kinds)


def find(manifests: Manifests, kind: str, name: str) -> Manifest:
    """
    Pick the one of a kind and a name, or of `namespace/name`.

    The name of a ConfigMap has a suffix that makes it unique.
    """
    namespace, _, name = name.rpartition("/")
    for found in of_kind(manifests, kind):
        own = found["metadata"]["name"]
        if namespace not in ("", found["metadata"].get("namespace")):
            continue
        if own == name or (kind == "ConfigMap" and own.startswith(f"{name}-")):
            return found
    raise KeyError(f"{kind} {name}")


def pods(manifests: Manifests) -> Iterator[tuple[Manifest, Manifest]]:
    """Pair each Deployment and Job with the spec of its pods."""
    for found in of_kind(manifests, "Deployment", "Job"):
        yield found, found["spec"]["template"]["spec"]


def containers(pod: Manifest) -> list[Manifest]:
    """List all containers of a pod, the ones that run first too."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def variables(container: Manifest) -> dict[str, Any]:
    """Return a container's variables: a value, or where it comes from."""
    return {
        each["name"]: each.get("value", each.get("valueFrom"))
        for each in container.get("env", [])
    }
