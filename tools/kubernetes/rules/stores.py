"""What the stores' operators need, and what two environments must not share."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.kubernetes.manifests import Manifest, Manifests, of_kind

DATA = "parley-data"
Labels = Mapping[str, str]
# Of each kind of store: who asks it from outside its namespace, which pods, and where.
# CloudNativePG asks its manager in each instance; redis-operator each Redis and each
# sentinel; milvus-operator etcd, before it makes any Milvus (its conditions.go).
OPERATORS: Mapping[str, tuple[tuple[str, Labels, int], ...]] = {
    "Cluster": (("cnpg-system", {"cnpg.io/cluster": "postgres"}, 8000),),
    "RedisReplication": (
        ("redis-operator", {"app": "redis"}, 6379),
        ("redis-operator", {"app": "redis-s"}, 26379),
    ),
    "Milvus": (
        (
            "milvus-operator",
            {
                "app.kubernetes.io/name": "milvus",
                "app.kubernetes.io/instance": "parley",
            },
            9091,
        ),
        (
            "milvus-operator",
            {
                "app.kubernetes.io/name": "etcd",
                "app.kubernetes.io/instance": "parley-etcd",
            },
            2379,
        ),
    ),
}
# Who is asked for metrics, of each kind of store.
METRICS: Mapping[str, tuple[Labels, int]] = {
    "Cluster": ({"cnpg.io/cluster": "postgres"}, 9187),
    "RedisReplication": ({"app": "redis"}, 9121),
    "Milvus": (
        {"app.kubernetes.io/name": "milvus", "app.kubernetes.io/instance": "parley"},
        9091,
    ),
}
# Where Milvus has a bucket in the cluster.
MINIO = ("milvus-operator", {"app": "minio", "release": "parley-minio"}, 9000)


def operators(manifests: Manifests) -> Iterator[str]:
    """An operator reaches what it has to ask: without that it makes no store."""
    for kind, ways in OPERATORS.items():
        for found in of_kind(manifests, kind):
            inside = kind == "Milvus" and not external(found)
            asked = ("observability", *METRICS[kind])
            for way in (*ways, asked, *((MINIO,) if inside else ())):
                if not any(admits(policy, *way) for policy in policies(manifests)):
                    source, labels, port = way
                    yield f"{source} may not reach {dict(labels)} at {port}"


def external(milvus: Manifest) -> bool:
    """Tell whether Milvus has its files outside the cluster."""
    storage = milvus["spec"]["dependencies"]["storage"]
    return bool(storage.get("external"))


def policies(manifests: Manifests) -> Iterator[Manifest]:
    """Pick the policies of the stores."""
    for policy in of_kind(manifests, "NetworkPolicy"):
        if policy["metadata"]["namespace"] == DATA:
            yield policy


def admits(policy: Manifest, source: str, labels: Labels, port: int) -> bool:
    """Tell whether a policy lets a whole namespace reach the pods with these labels."""
    return picks(policy["spec"]["podSelector"], labels) and any(
        port in [each["port"] for each in rule.get("ports", [])]
        and any(namespace_of(peer) == source for peer in rule.get("from", []))
        for rule in policy["spec"].get("ingress", [])
    )


def namespace_of(peer: Manifest) -> str | None:
    """Name the namespace that is let in whole."""
    if "podSelector" in peer:
        return None
    labels: dict[str, str] = peer.get("namespaceSelector", {}).get("matchLabels", {})
    return labels.get("kubernetes.io/metadata.name")


def picks(selector: Manifest, labels: Labels) -> bool:
    """Tell whether a selector picks pods with these labels."""
    exact: dict[str, str] = selector.get("matchLabels", {})
    expressions: list[dict[str, Any]] = selector.get("matchExpressions", [])
    return exact.items() <= labels.items() and all(
        each["key"] in labels
        and (each["operator"] == "Exists" or labels[each["key"]] in each["values"])
        for each in expressions
    )


def shared(first: Manifests, second: Manifests) -> Iterator[str]:
    """Two live systems share no place: each removes what it does not know there."""
    yield from sorted(set(written(first)) & set(written(second)))


def written(manifests: Manifests) -> Iterator[str]:
    """Name where stores write outside the cluster: backups, and the files of Milvus."""
    used = {
        plugin["parameters"]["barmanObjectName"]
        for cluster in of_kind(manifests, "Cluster")
        for plugin in cluster["spec"].get("plugins", [])
    }
    for store in of_kind(manifests, "ObjectStore"):
        if store["metadata"]["name"] in used:
            yield store["spec"]["configuration"]["destinationPath"]
    for milvus in of_kind(manifests, "Milvus"):
        if external(milvus):
            yield f"s3://{milvus['spec']['config']['minio']['bucketName']}"
    for secret in of_kind(manifests, "ExternalSecret"):
        if secret["metadata"]["name"] in ("backups", "milvus-bucket"):
            for each in secret["spec"]["data"]:
                yield f"the key {each['remoteRef']['key']}"
