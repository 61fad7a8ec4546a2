"""How many there are: autoscalers, budgets, and what the stores can take."""

import re
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

import yaml

from edge.envoy.methods import read_descriptors
from edge.envoy.render import DESCRIPTORS
from services.chat.__main__ import OWN_POOL as CHAT_OWN_POOL
from services.kit.postgres import POOL_SIZE
from services.llm.__main__ import OWN_POOL as LLM_OWN_POOL
from tools.kubernetes.manifests import FOLDER, NAME, PARTS, Manifests, find, of_kind
from tools.kubernetes.rules.network import flags
from tools.kubernetes.rules.settings import pod_of

ADAPTER = FOLDER / "components/monitoring/adapter-values.yaml"
# What one process of each holds at most.
CONNECTIONS = {
    "auth": POOL_SIZE,
    "chat": POOL_SIZE + CHAT_OWN_POOL,
    "llm": POOL_SIZE + LLM_OWN_POOL,
}
SURGE = 1.25
RESERVED = 20  # for the operator, migrations, people
# How often a stream goes through the sidecar of whom, and what Envoy keeps each time
# (docs/benchmarks.md).
SIDECARS = {"edge": 2, "chat": 1}
STREAM_BYTES = 34 * 2**10
INJECTED = "sidecar.istio.io/nativeSidecar"
SIDECAR_LIMIT = "sidecar.istio.io/proxyMemoryLimit"
UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def autoscalers(manifests: Manifests) -> Iterator[str]:
    """Who is scaled is scaled by CPU, and by streams where there are any."""
    for found in of_kind(manifests, "HorizontalPodAutoscaler"):
        name = found["metadata"]["name"]
        spec = found["spec"]
        if spec["scaleTargetRef"]["name"] != name or name not in PARTS:
            yield f"{name}: scales {spec['scaleTargetRef']['name']}"
            continue
        if find(manifests, "Deployment", name)["spec"].get("replicas"):
            yield f"{name}: its Deployment says `replicas` too, and undoes the scaling"
        if not 2 <= spec["minReplicas"] < spec["maxReplicas"]:
            yield f"{name}: from {spec['minReplicas']} to {spec['maxReplicas']}"
        kinds = {metric["type"] for metric in spec["metrics"]}
        wanted = {"ContainerResource"} | (
            {"Pods"} if name in ("edge", "chat", "llm") else set()
        )
        for kind in sorted(wanted - kinds):
            yield f"{name}: has no metric of type {kind}"
        for metric in spec["metrics"]:
            if metric["type"] == "Pods":
                asked = metric["pods"]["metric"]["name"]
                if asked not in queries():
                    yield f"{name}: nobody knows the metric {asked}"


def queries() -> dict[str, str]:
    """Return what the adapter makes metrics of, by their names."""
    rules: list[dict[str, Any]] = yaml.safe_load(ADAPTER.read_text())["rules"]["custom"]
    return {rule["name"]["as"]: rule["metricsQuery"] for rule in rules}


def streams() -> set[str]:
    """Name the RPCs that stream."""
    return {
        method.name
        for file in read_descriptors(DESCRIPTORS).file
        for service in file.service
        for method in service.method
        if method.server_streaming
    }


def metrics(manifests: Manifests) -> Iterator[str]:
    """Replies that are counted are those of RPCs that there are, and that stream."""
    yield from no_streams(queries())


def no_streams(asked: Mapping[str, str]) -> Iterator[str]:
    """Say which of the RPCs that are asked for do not stream."""
    for name, query in asked.items():
        for listed in re.findall(r'grpc_method=~"([^"]+)"', query):
            for method in sorted(set(listed.split("|")) - streams()):
                yield f"{name}: {method} is no RPC that streams"


def budgets(manifests: Manifests) -> Iterator[str]:
    """Where there are several, a drained node takes one at a time."""
    covered = {
        found["spec"]["selector"]["matchLabels"][NAME]: found["spec"]
        for found in of_kind(manifests, "PodDisruptionBudget")
    }
    for found in of_kind(manifests, "HorizontalPodAutoscaler"):
        name = found["metadata"]["name"]
        spec = covered.get(name, {})
        if spec.get("maxUnavailable") != 1:
            yield f"{name}: a drained node may take several at once"
        if spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield f"{name}: one that never gets well blocks its node"


def connections(manifests: Manifests) -> Iterator[str]:
    """PostgreSQL takes what all replicas hold together, while new ones start too."""
    most = {
        found["metadata"]["name"]: found["spec"]["maxReplicas"]
        for found in of_kind(manifests, "HorizontalPodAutoscaler")
    }
    held = sum(
        ceil(most.get(service, 1) * SURGE) * each
        for service, each in CONNECTIONS.items()
    )
    for cluster in of_kind(manifests, "Cluster"):
        takes = int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])
        if held + RESERVED > takes:
            yield f"PostgreSQL takes {takes} connections; {held + RESERVED} are needed"
        for pooler in of_kind(manifests, "Pooler"):
            given = int(pooler["spec"]["pgbouncer"]["parameters"]["max_db_connections"])
            pooled = pooler["spec"]["instances"] * given
            if not held <= pooled <= takes - RESERVED:
                name = pooler["metadata"]["name"]
                yield f"{name}: has {pooled} of {takes} connections; {held} are needed"


def memory(manifests: Manifests) -> Iterator[str]:
    """Envoy gives up calls before its container, or its sidecar's, is killed."""
    (container,) = pod_of(manifests, "edge")["containers"]
    limit = size(container["resources"]["limits"]["memory"])
    heap = flags(manifests).max_heap_bytes
    if heap > limit * 0.85:
        yield f"edge: a heap of {heap} bytes leaves no room in {limit}"
    for part, times in SIDECARS.items():
        template = find(manifests, "Deployment", part)["spec"]["template"]
        about = template["metadata"].get("annotations", {})
        if INJECTED not in about:
            continue  # no mesh
        own = size(about.get(SIDECAR_LIMIT, "0Mi"))
        held = flags(manifests).max_live_streams * STREAM_BYTES * times
        if held > own * 0.85:
            yield f"{part}: {held} bytes of streams leave no room in a sidecar of {own}"


def size(text: str) -> int:
    """Read an amount of memory."""
    return int(text[:-2]) * UNITS[text[-2:]]
