"""The files of a mesh: what people write, and what sidecars read."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from deploy.mesh.cluster import Cluster, Instance, Workload
from deploy.mesh.envoy.sidecar import bootstrap, sidecar, watched
from deploy.mesh.envoy.typed import PREFIX, Config
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kustomize import build
from deploy.mesh.resources import Document, Mesh, read_mesh

ROOT = Path(__file__).parents[2]
# What the bench executes, if nothing else is named.
POLICY = ROOT / "deploy/mesh/policy"
VALUES = ROOT / "deploy/istio/mesh/values.yaml"
NO_KEYS: Mapping[str, str] = MappingProxyType({})


def read_policy(
    folder: Path = POLICY,
    values: Path = VALUES,
    keys: Mapping[str, str] = NO_KEYS,
    components: Sequence[Path] = (),
) -> Mesh:
    """
    Read what a folder applies, with these components, and what is true of the mesh.

    `keys` are the key sets of issuers that stand in the files: each installation has
    its own, and puts them there by an overlay.
    """
    (written,) = on_disk(str(values))
    return read_mesh(
        [with_keys(each, keys) for each in applied(folder, components)],
        Document(shown(values), written),
    )


def applied(folder: Path, components: Sequence[Path] = ()) -> list[Document]:
    """Return the resources that a folder applies, with these components beside it."""
    return build(on_disk, shown(folder), [shown(each) for each in components])


def on_disk(file: str) -> list[Any]:
    """Read what a file of YAML holds."""
    try:
        text = (ROOT / file).read_text()
        return [each for each in yaml.safe_load_all(text) if each]
    except (OSError, yaml.YAMLError) as error:
        raise Refused(f"{file}: {error}") from None


def shown(path: Path) -> str:
    """Name a file or a folder shortly: from the repository's folder, if it is there."""
    path = path.resolve()
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def with_keys(document: Document, keys: Mapping[str, str]) -> Document:
    """Put this installation's own key sets where others stand."""
    if document.written.get("kind") != "RequestAuthentication":
        return document
    written = deepcopy(dict(document.written))
    for rule in written.get("spec", {}).get("jwtRules", []):
        if "jwks" in rule and rule.get("issuer") in keys:
            rule["jwks"] = keys[rule["issuer"]]
    return replace(document, written=written)


@dataclass(frozen=True, slots=True)
class Told:
    """What a sidecar was told: names for the state of its files."""

    listeners: str
    clusters: str


def tell(
    mesh: Mesh, cluster: Cluster, workload: Workload, instance: Instance, folder: Path
) -> Told:
    """
    Write what a sidecar reads, so that it never reads half of anything.

    Where calls go comes before what sends them there, as with istiod.
    """
    written = sidecar(
        mesh, cluster, workload, instance, lambda name: route(folder, name)
    )
    clusters = put(
        folder / "clusters.json", "config.cluster.v3.Cluster", written.clusters
    )
    for name, config in written.routes.items():
        file = folder / f"{flat(name)}.json"
        put(file, "config.route.v3.RouteConfiguration", [config])
    listeners = put(
        folder / "listeners.json", "config.listener.v3.Listener", written.listeners
    )
    return Told(listeners, clusters)


def tell_all(mesh: Mesh, cluster: Cluster, folder: Path) -> dict[str, Told]:
    """Write what every sidecar reads, each in a folder of its own."""
    return {
        instance.name: tell(mesh, cluster, workload, instance, folder / instance.name)
        for workload in cluster.workloads
        for instance in workload.instances
    }


def route(folder: Path, name: str) -> Config:
    """Say where a sidecar finds a route configuration."""
    return watched(str(folder / f"{flat(name)}.json"))


def flat(name: str) -> str:
    """Make a file's name of a cluster's."""
    return name.replace("|", "_")


def put(file: Path, message: str, resources: Sequence[Config]) -> str:
    """Write resources, if they are not what the file holds; name their state."""
    kind = {"@type": PREFIX + message}
    written = [kind | each for each in resources]
    version = hashlib.sha256(json.dumps(written).encode()).hexdigest()[:16]
    text = json.dumps({"version_info": version, "resources": written}, indent=1)
    if not file.exists() or file.read_text() != text:
        draft = file.with_suffix(".new")
        draft.write_text(text)
        draft.replace(file)
    return version


def told(folder: Path) -> Told:
    """Read what a sidecar was told last."""
    states = [
        str(json.loads((folder / name).read_text())["version_info"])
        for name in ("listeners.json", "clusters.json")
    ]
    return Told(*states)


def start_with(workload: Workload, instance: Instance, folder: Path) -> Path:
    """Write what a sidecar begins with; return the file."""
    file = folder / "envoy.json"
    file.write_text(json.dumps(bootstrap(workload, instance, str(folder)), indent=1))
    return file


def private(folder: Path) -> Path:
    """Make a folder that nobody else may enter: sockets and keys lie in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chmod(folder, 0o700)
    return folder
