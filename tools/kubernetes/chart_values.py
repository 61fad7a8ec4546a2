"""What of the chart is a value: where it stands, and what it is for."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tools.kubernetes.manifests import PARTS, SERVICES, Manifest, Manifests

# Stands around what Helm replaces, until the YAML is written.
MARK = "\N{SECTION SIGN}"
# Which values have a component in the chart, or leave it out.
OPTIONAL = {
    "external-secrets": "externalSecrets",
    "monitoring": "monitoring",
    "tracing": "tracing",
    "data": "data",
    "postgres": "postgres",
    "redis": "redis",
    "milvus": "milvus",
}
ENABLED = {
    "externalSecrets": "Fetch secrets by External Secrets; else they are there.",
    "monitoring": "Have Prometheus ask, alert, and autoscale by streams.",
    "tracing": "Send traces to otel-collector in the namespace observability.",
    "data": "Make the namespace of the stores.",
    "postgres": "PostgreSQL by CloudNativePG; else name it in `places`.",
    "redis": "Redis by its operator; else name it in `places`.",
    "milvus": "Milvus by its operator; else name it in `places`.",
}
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its name, what it is for, and in which fields it stands."""

    name: str
    why: str
    kind: str
    manifest: str  # the name of one, or the beginning of it before a `-`
    fields: tuple[Path, ...]


POD = ("spec", "template", "spec")
CONTAINER: Path = (*POD, "containers", 0)


def of_part(part: str) -> Iterator[Value]:
    """Name what can be set for each part."""
    image = part if part in ("edge", "web") else "services"
    first: tuple[Path, ...] = (
        ((*POD, "initContainers", 0, "image"),) if part in SERVICES else ()
    )
    yield Value(
        f"images.{image}",
        "Images, by digest.",
        "Deployment",
        part,
        ((*CONTAINER, "image"), *first),
    )
    yield Value(
        f"replicas.{part}.least",
        "How many of each there are.",
        "HorizontalPodAutoscaler",
        part,
        (("spec", "minReplicas"),),
    )
    yield Value(
        f"replicas.{part}.most",
        "",
        "HorizontalPodAutoscaler",
        part,
        (("spec", "maxReplicas"),),
    )
    yield Value(
        f"resources.{part}",
        "What each asks for, and may take.",
        "Deployment",
        part,
        ((*CONTAINER, "resources"),),
    )


def of_stores() -> Iterator[Value]:
    """Name what can be set of the stores that run here."""
    postgres, redis, milvus = (
        ("Cluster", "postgres"),
        ("RedisReplication", "redis"),
        ("Milvus", "parley"),
    )
    backups = ("ObjectStore", "backups")
    parameters = ("postgresql", "parameters")
    claim = ("storage", "volumeClaimTemplate", "spec", "resources", "requests")
    for name, (kind, manifest), path in (
        ("postgres.instances", postgres, ("instances",)),
        ("postgres.catalog", postgres, ("imageCatalogRef",)),
        ("postgres.storage", postgres, ("storage", "size")),
        ("postgres.logStorage", postgres, ("walStorage", "size")),
        ("postgres.resources", postgres, ("resources",)),
        ("postgres.buffers", postgres, (*parameters, "shared_buffers")),
        ("postgres.cache", postgres, (*parameters, "effective_cache_size")),
        ("postgres.backups", backups, ("configuration", "destinationPath")),
        ("postgres.backupsEndpoint", backups, ("configuration", "endpointURL")),
        ("postgres.keepBackups", backups, ("retentionPolicy",)),
        ("redis.image", redis, ("kubernetesConfig", "image")),
        ("redis.sentinelImage", redis, ("sentinel", "image")),
        ("redis.exporterImage", redis, ("redisExporter", "image")),
        ("redis.storage", redis, (*claim, "storage")),
        ("redis.resources", redis, ("kubernetesConfig", "resources")),
        ("milvus.image", milvus, ("components", "image")),
        ("milvus.bucket", milvus, ("config", "minio", "bucketName")),
        ("milvus.endpoint", milvus, ("dependencies", "storage", "endpoint")),
        ("milvus.queryNodes", milvus, ("components", "queryNode", "replicas")),
        ("milvus.resources", milvus, ("components", "queryNode", "resources")),
    ):
        yield Value(name, "", kind, manifest, (("spec", *path),))


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list that is there if an optional component is."""

    component: str
    kind: str
    path: Path
    sign: str  # what its JSON has in it


ITEMS: Sequence[Item] = (
    Item("tracing", "Deployment", (*CONTAINER, "env"), "otel-collector"),
    Item("tracing", "Deployment", (*CONTAINER, "args"), "otel-collector"),
    Item("monitoring", "HorizontalPodAutoscaler", ("spec", "metrics"), '"pods": {'),
)

VALUES: Sequence[Value] = (
    *(value for part in PARTS for value in of_part(part)),
    *(
        Value(
            "images.services", "", "Job", f"migrate-{service}", ((*CONTAINER, "image"),)
        )
        for service in SERVICES
    ),
    *(
        Value(name, why, "ConfigMap", "places", (("data", key),))
        for name, key, why in (
            ("places.postgres", "postgres", "Where the stores are."),
            ("places.postgresDirect", "postgres-direct", ""),
            ("places.postgresTls", "postgres-tls", ""),
            ("places.redis", "redis", ""),
            ("places.redisScheme", "redis-scheme", ""),
            ("places.milvus", "milvus", ""),
        )
    ),
    Value(
        "models",
        "Which models there are, and how they are reached: docs/models.md.",
        "ConfigMap",
        "models",
        (("data", "models.yaml"),),
    ),
    Value(
        "edge.flags",
        "What the edge is started with: `python -m edge.envoy.render --help`.",
        "ConfigMap",
        "edge",
        (("data", "edge.flags"),),
    ),
    *of_stores(),
)


def is_of(value: Value, manifest: Manifest) -> bool:
    """Tell whether a value stands in a manifest."""
    name = manifest["metadata"]["name"]
    named = name == value.manifest or (
        value.kind == "ConfigMap" and name.startswith(f"{value.manifest}-")
    )
    return manifest["kind"] == value.kind and named


def marked(manifest: Manifest) -> Manifest:
    """Put marks where values go."""
    for value in VALUES:
        if is_of(value, manifest):
            for *way, last in value.fields:
                holder: Any = manifest
                for step in way:
                    holder = holder[step]
                holder[last] = f"{MARK}.Values.{value.name}{MARK}"
    for item in ITEMS:
        if manifest["kind"] == item.kind:
            mark_items(manifest, item)
    part = manifest["metadata"]["name"]
    if manifest["kind"] == "Deployment":
        container = manifest["spec"]["template"]["spec"]["containers"][0]
        if part in SERVICES:
            container["env"].append(f"{MARK}environment.{part}")
        if part == "edge":
            container["args"].insert(1, f"{MARK}edge.arguments")
    return manifest


def mark_items(manifest: Manifest, item: Item) -> None:
    """Put marks around what is there only with a component."""
    *way, last = item.path
    holder: Any = manifest
    for step in way:
        holder = holder[step]
    marked_ones: list[Any] = []
    for each in holder.get(last, []):
        own = item.sign in json.dumps(each)
        begin = [f"{MARK}if.{OPTIONAL[item.component]}"] if own else []
        marked_ones += [*begin, each, *([f"{MARK}end"] if own else [])]
    if marked_ones:
        holder[last] = marked_ones


def written(text: str) -> str:
    """Replace marks by what Helm understands, and keep what is not for Helm from it."""
    text = re.sub(r"\{\{(.*?)\}\}", r"{{ `{{\1}}` }}", text)
    text = re.sub(
        f"^( *)- {MARK}environment\\.(\\w+)$",
        r"\1{{- range $name, $value := .Values.environment.\2 }}"
        "\n"
        r"\1- {name: {{ $name }}, value: {{ $value | quote }}}"
        "\n"
        r"\1{{- end }}",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(
        f"^( *)- {MARK}edge\\.arguments$",
        r"\1{{- range .Values.edge.arguments }}"
        "\n"
        r"\1- {{ . | quote }}"
        "\n"
        r"\1{{- end }}",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(
        f"^( *)- {MARK}if\\.(\\w+)$",
        r"\1{{- if .Values.\2.enabled }}",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(f"^( *)- {MARK}end$", r"\1{{- end }}", text, flags=re.MULTILINE)
    text = re.sub(
        f"{MARK}([^{MARK}]+){MARK}sha256", r"{{ \1 | toJson | sha256sum }}", text
    )
    text = re.sub(f"{MARK}(\\.Release\\.\\w+){MARK}", r"{{ \1 }}", text)
    return re.sub(f"{MARK}(\\.[\\w.]+){MARK}", r"{{ \1 | toJson }}", text)


def defaults(manifests: Manifests) -> dict[str, Any]:
    """Return every value as it stands in the manifests."""
    found: dict[str, Any] = {}
    for value in VALUES:
        for manifest in manifests:
            if is_of(value, manifest):
                for path in value.fields:
                    stands: Any = manifest
                    for step in path:
                        stands = stands[step]
                    put(found, value.name, stands)
    for name in ENABLED:
        put(found, f"{name}.enabled", True)
    for service in SERVICES:
        put(found, f"environment.{service}", {})
    put(found, "edge.arguments", [])
    return found


def put(found: dict[str, Any], name: str, value: Any) -> None:
    """Write a value under its name; two places of one name have to agree."""
    *way, last = name.split(".")
    for step in way:
        found = found.setdefault(step, {})
    if found.setdefault(last, value) != value:
        raise ValueError(f"{name} is {value} in one place and {found[last]} in another")
