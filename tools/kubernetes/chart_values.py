"""What of the chart is a value: where it stands, and what it is for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tools.kubernetes.manifests import PARTS, SERVICES, Manifest, Manifests

# Stands around what Helm replaces, until the YAML is written.
MARK = "\N{SECTION SIGN}"
# Which values have a component in the chart, or leave it out.
OPTIONAL = {
    "external-secrets": "externalSecrets",
    "monitoring": "monitoring",
    "data": "data",
    "postgres": "postgres",
    "redis": "redis",
    "milvus": "milvus",
}
ENABLED = {
    "externalSecrets": "Fetch secrets by External Secrets; else they are there.",
    "monitoring": "Have the Prometheus operator ask for metrics, and alert.",
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
    Value("edge.arguments", "", "Deployment", "edge", ((*CONTAINER, "args"),)),
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
    part = manifest["metadata"]["name"]
    if manifest["kind"] == "Deployment" and part in SERVICES:
        manifest["spec"]["template"]["spec"]["containers"][0]["env"].append(
            f"{MARK}environment.{part}"
        )
    return manifest


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
    return found


def put(found: dict[str, Any], name: str, value: Any) -> None:
    """Write a value under its name; two places of one name have to agree."""
    *way, last = name.split(".")
    for step in way:
        found = found.setdefault(step, {})
    if found.setdefault(last, value) != value:
        raise ValueError(f"{name} is {value} in one place and {found[last]} in another")


def comments() -> Mapping[str, str]:
    """Return what is said above a group of values."""
    said = {"environment": "More variables of a service: docs/settings.md."} | ENABLED
    for value in VALUES:
        group = value.name.partition(".")[0]
        if value.why:
            said.setdefault(group, value.why)
    return said


def values_file(manifests: Manifests) -> str:
    """Write the file of defaults, each group under what it is for."""
    return "".join(
        f"\n# {comments()[group]}\n"
        + yaml.dump({group: value}, sort_keys=False, width=1000)
        for group, value in defaults(manifests).items()
    )


OPEN = re.compile(r"^(resources\.\w+|environment\.\w+)(\.|$)")


def schema(found: Any, name: str = "") -> dict[str, Any]:
    """Say what values may be: those that there are, of the types that they have."""
    if isinstance(found, dict):
        closed = not OPEN.match(name)
        own = {
            "type": "object",
            "additionalProperties": not closed,
            "properties": {
                key: schema(value, f"{name}.{key}".lstrip("."))
                for key, value in found.items()
            },
        }
        return own if closed else {"type": "object"}
    kinds: dict[type, str] = {
        bool: "boolean",
        int: "integer",
        str: "string",
        list: "array",
    }
    return {"type": kinds[type(found)]}
