"""Ways to break manifests, each of which a rule has to find."""

from collections.abc import Callable
from typing import Any

from tools.kubernetes.manifests import Manifest, Manifests, find

Break = Callable[[list[Manifest]], None]


def at(
    kind: str, name: str, *path: str | int
) -> Callable[[Manifests], tuple[Any, Any]]:
    """Find the holder of a field, and the field's own name."""

    def place(manifests: Manifests) -> tuple[Any, Any]:
        holder: Any = find(manifests, kind, name)
        for step in path[:-1]:
            holder = holder[step]
        return holder, path[-1]

    return place


def put(value: Any, kind: str, name: str, *path: str | int) -> Break:
    """Write a value into a field."""

    def act(manifests: list[Manifest]) -> None:
        holder, last = at(kind, name, *path)(manifests)
        holder[last] = value

    return act


def drop(kind: str, name: str, *path: str | int) -> Break:
    """Take a field away, or all of it."""

    def act(manifests: list[Manifest]) -> None:
        if not path:
            manifests.remove(find(manifests, kind, name))
            return
        holder, last = at(kind, name, *path)(manifests)
        del holder[last]

    return act


def pod(part: str, *path: str | int, kind: str = "Deployment") -> tuple[Any, ...]:
    """Name a field of a part's pods."""
    return (kind, part, "spec", "template", "spec", *path)


def container(part: str, *path: str | int) -> tuple[Any, ...]:
    """Name a field of a part's container."""
    return pod(part, "containers", 0, *path)


def variable(part: str, name: str, value: Any) -> Break:
    """Give a variable another value; None takes it away."""

    def act(manifests: list[Manifest]) -> None:
        holder, last = at(*container(part, "env"))(manifests)
        holder[last] = [each for each in holder[last] if each["name"] != name]
        if value is not None:
            key = "value" if isinstance(value, str) else "valueFrom"
            holder[last].append({"name": name, key: value})

    return act


def add(manifest: Manifest) -> Break:
    """Add a manifest."""
    return lambda manifests: manifests.append(manifest)


def edge_flags(old: str, new: str) -> Break:
    """Change what the edge is started with."""

    def act(manifests: list[Manifest]) -> None:
        data = find(manifests, "ConfigMap", "edge")["data"]
        assert old in data["edge.flags"]
        data["edge.flags"] = data["edge.flags"].replace(old, new)

    return act


def policy(name: str, source: str, target: str, port: int) -> Manifest:
    """Write a policy that lets a part reach another."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "parley"},
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": source}},
            "policyTypes": ["Egress"],
            "egress": [
                {
                    "to": [
                        {
                            "podSelector": {
                                "matchLabels": {"app.kubernetes.io/name": target}
                            }
                        }
                    ],
                    "ports": [{"protocol": "TCP", "port": port}],
                }
            ],
        },
    }
