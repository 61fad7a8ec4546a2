"""The files of a mesh: what people write, and what sidecars read."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from deploy.mesh.cluster import Cluster, Instance, Workload
from deploy.mesh.envoy.gateway import certificates, of_workload
from deploy.mesh.envoy.sidecar import Configuration, bootstrap, sidecar, watched
from deploy.mesh.envoy.typed import PREFIX, Config
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kustomize import build
from deploy.mesh.resources import Document, Mesh, read_mesh
from deploy.mesh.versions import refuse_what_nobody_runs

ROOT = Path(__file__).parents[2]
# What the bench executes, if nothing else is named.
POLICY = ROOT / "deploy/mesh/policy"
VALUES = ROOT / "deploy/istio/mesh/values.yaml"
# What a sidecar was told, and the certificates of a gateway: for who asks later.
TOLD, HOSTS = "told.json", "hosts.json"
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
    written, *more = on_disk(shown(values))
    if more:
        raise Refused(f"{shown(values)}: holds several documents, not one")
    return read_mesh(
        [with_keys(each, keys) for each in applied(folder, components)],
        Document(shown(values), written),
    )


def applied(folder: Path, components: Sequence[Path] = ()) -> list[Document]:
    """Return the resources that a folder applies, with these components beside it."""
    return build(on_disk, shown(folder), [shown(each) for each in components])


def on_disk(file: str) -> list[Any]:
    """Read what a file of YAML holds; nothing is a file that is being written."""
    try:
        text = (ROOT / file).read_text()
        found = [each for each in yaml.safe_load_all(text) if each is not None]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Refused(f"{file}: {error}") from None
    if not found:
        raise Refused(f"{file}: holds nothing")
    return found


def shown(path: Path) -> str:
    """Name a file or a folder shortly: from the repository's folder, if it is there."""
    path = path.resolve()
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def with_keys(document: Document, keys: Mapping[str, str]) -> Document:
    """Put this installation's own key sets where others stand."""
    if document.written.get("kind") != "RequestAuthentication":
        return document
    written = deepcopy(dict(document.written))
    try:
        for rule in written["spec"]["jwtRules"]:
            if "jwks" in rule and rule.get("issuer") in keys:
                rule["jwks"] = keys[rule["issuer"]]
    except (AttributeError, KeyError, TypeError):
        return document  # no such resource: whoever reads it says why
    return replace(document, written=written)


@dataclass(frozen=True, slots=True)
class Told:
    """What a sidecar was told: names for the state of its files."""

    listeners: str
    clusters: str
    # By the name of the route configuration.
    routes: Mapping[str, str]


def tell(written: Configuration, folder: Path) -> Told:
    """
    Write what a sidecar reads, so that it never reads half of anything.

    Where calls go comes before what sends them there, as with istiod.
    """
    clusters = put(
        folder / "clusters.json", "config.cluster.v3.Cluster", written.clusters
    )
    routes = {
        name: put(
            folder / f"{flat(name)}.json",
            "config.route.v3.RouteConfiguration",
            [config],
        )
        for name, config in written.routes.items()
    }
    listeners = put(
        folder / "listeners.json", "config.listener.v3.Listener", written.listeners
    )
    found = Told(listeners, clusters, routes)
    exchange(folder / TOLD, json.dumps(asdict(found)))
    return found


def tell_all(mesh: Mesh, cluster: Cluster, folder: Path) -> dict[str, Told]:
    """
    Write what every sidecar reads, each in a folder of its own.

    All is translated before anything is written: what is refused changes nothing.
    """
    refuse_what_nobody_runs(mesh, cluster)
    instances = list(cluster.instances())
    written = {
        instance.name: sidecar(
            mesh, cluster, workload, instance, partial(route, folder / instance.name)
        )
        for workload, instance in instances
    }
    hosts = {
        instance.name: certificates([of_workload(mesh, workload)])
        for workload, instance in instances
        if workload.gateway
    }
    for name, each in hosts.items():
        exchange(folder / name / HOSTS, json.dumps(each))
    return {name: tell(each, folder / name) for name, each in written.items()}


def hosts(folder: Path) -> dict[str, list[str]]:
    """Read which certificates a gateway needs for whoever comes from outside."""
    file = folder / HOSTS
    found: dict[str, list[str]] = json.loads(file.read_text()) if file.exists() else {}
    return found


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
    exchange(file, text)
    return version


def exchange(file: Path, text: str) -> None:
    """Put a text in the place of what a file holds, if it is another, at once."""
    if not file.exists() or file.read_text() != text:
        draft = file.with_suffix(".new")
        draft.write_text(text)
        draft.replace(file)


def told(folder: Path) -> Told:
    """Read what a sidecar was told last."""
    return Told(**json.loads((folder / TOLD).read_text()))


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
