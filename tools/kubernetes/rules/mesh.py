"""Names, ports and identities are those that the mesh's policy speaks of."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml

from tools.kubernetes.manifests import (
    NAME,
    PARTS,
    ROOT,
    SERVICES,
    Manifest,
    Manifests,
    find,
    of_kind,
    pods,
    read,
    text_of,
)
from tools.kubernetes.rules.network import (
    KEYS,
    METRICS,
    TUNNEL,
    allowed,
    calls,
    flags,
)

ISTIO = ROOT / "deploy/istio"
SUFFIX = ".svc.cluster.local"
PASSED_BY = "traffic.sidecar.istio.io/excludeInboundPorts"
INJECTED = "istio-injection"
# Labels of a namespace in a mesh without sidecars.
AMBIENT = {
    "istio.io/dataplane-mode": "ambient",
    "istio.io/use-waypoint": "waypoint",
    "istio.io/ingress-use-waypoint": "true",
}
# What Istio is told of a gateway's pods (`infrastructure.parametersRef`).
GATEWAY = {"deployment", "horizontalPodAutoscaler", "podDisruptionBudget"}


def mesh_of(name: str) -> list[Manifest]:
    """Read the mesh's policy as one installation has it."""
    return read(text_of(ISTIO / "overlays" / name))


def mesh() -> list[Manifest]:
    """Read the policy of a mesh of sidecars."""
    return mesh_of("example")


def disagreements(manifests: Manifests, policy: Manifests) -> Iterator[str]:
    """Say in what manifests and the mesh's policy differ."""
    for compare in (
        selectors,
        principals,
        destinations,
        sidecars,
        keys,
        gateways,
        limits,
        providers,
        members,
    ):
        for problem in compare(manifests, policy):
            yield f"{compare.__name__}: {problem}"


def selectors(manifests: Manifests, policy: Manifests) -> Iterator[str]:
    """Whom a policy selects, there is."""
    labels = [
        owner["spec"]["template"]["metadata"]["labels"] for owner, _ in pods(manifests)
    ]
    for found in policy:
        spec = found.get("spec", {})
        selected = (
            spec.get("selector", {}).get("matchLabels")
            or spec.get("workloadSelector", {}).get("labels")
            or {}
        )
        if not any(selected.items() <= own.items() for own in labels):
            yield f"{named(found)} selects {selected}, and no pod is so"


def principals(manifests: Manifests, policy: Manifests) -> Iterator[str]:
    """Whom a policy lets in, is the account of a part."""
    accounts = {
        each["metadata"]["name"] for each in of_kind(manifests, "ServiceAccount")
    }
    for found in of_kind(policy, "AuthorizationPolicy"):
        for rule in found["spec"].get("rules", []):
            for source in rule.get("from", []):
                for principal in source["source"].get("principals", []):
                    _, _, namespace, _, account = principal.split("/")
                    if namespace == "parley" and account not in accounts & set(PARTS):
                        yield f"{named(found)} lets in {account}, which is no account"


def services(manifests: Manifests) -> Mapping[str, set[int]]:
    """Return the ports of each Service, by its whole name."""
    return {
        f"{each['metadata']['name']}.parley{SUFFIX}": {
            port["port"] for port in each["spec"]["ports"]
        }
        for each in of_kind(manifests, "Service")
    }


def destinations(manifests: Manifests, policy: Manifests) -> Iterator[str]:
    """Where calls are sent, there is a Service with that port."""
    there = services(manifests)
    for found in of_kind(policy, "VirtualService"):
        for route in found["spec"]["http"]:
            for each in route["route"]:
                host = each["destination"]["host"]
                port = each["destination"]["port"]["number"]
                if port not in there.get(host, set()):
                    yield f"{named(found)} sends calls to {host}:{port}"
    for found in of_kind(policy, "DestinationRule"):
        host = found["spec"]["host"]
        if host.endswith(f".parley{SUFFIX}") and host not in there:
            yield f"{named(found)} is about {host}"
    for found in of_kind(policy, "HTTPRoute"):
        for rule in found["spec"]["rules"]:
            for each in rule.get("backendRefs", []):
                host = f"{each['name']}.{found['metadata']['namespace']}{SUFFIX}"
                ours = found["metadata"]["namespace"] == "parley"
                if ours and each["port"] not in there.get(host, set()):
                    yield f"{named(found)} sends calls to {host}:{each['port']}"


def sidecars(manifests: Manifests, policy: Manifests) -> Iterator[str]:
    """Each sidecar sees the stores of its part, by the names that the part has."""
    data = find(manifests, "ConfigMap", "places")["data"]
    stores = {
        key: data[key].rpartition("//")[2].partition(":")[0]
        for key in ("postgres", "redis", "milvus")
    }
    for service in SERVICES:
        seen = {
            host.partition("/")[2]
            for found in of_kind(policy, "Sidecar")
            if found["spec"].get("workloadSelector", {}).get("labels")
            == {NAME: service}
            for egress in found["spec"]["egress"]
            for host in egress["hosts"]
        }
        needed = {stores["postgres"], stores["redis"]}
        if service == "llm":
            needed.add(stores["milvus"])
        for host in sorted(needed - seen):
            yield f"the sidecar of {service} does not see {host}"


def keys(manifests: Manifests, policy: Manifests) -> Iterator[str]:
    """Sidecars fetch the keys of tokens where they may, and where they are."""
    for found in of_kind(policy, "RequestAuthentication"):
        for rule in found["spec"]["jwtRules"]:
            place = urlsplit(rule.get("jwksUri", ""))
            host, port = str(place.hostname), place.port or 80
            if place.netloc and port not in services(manifests).get(host, set()):
                yield f"{named(found)} fetches keys from {place.netloc}"
    for direction in ("Egress", "Ingress"):
        for source, target, port in sorted(KEYS - allowed(manifests, direction)):
            yield f"{direction}: the sidecar of {source} may not reach {target}:{port}"


def gateways(manifests: Manifests, policy: Manifests) -> Iterator[str]:
    """The gateways are in the namespaces that may be reached, at those ports."""
    listening = {
        (found["metadata"]["namespace"], listener["port"])
        for found in of_kind(policy, "Gateway")
        for listener in found["spec"].get("listeners", [])
    }
    namespaces = {namespace for namespace, _ in listening}
    for source, target, port in allowed(manifests, "Egress"):
        if target.startswith("istio-e") and (target, port) not in listening:
            yield f"{source} may reach {target}:{port}, where nothing listens"
    for source, target, _ in allowed(manifests, "Ingress"):
        if source.startswith("istio-i") and source not in namespaces:
            yield f"{source}, which may reach {target}, has no gateway"
    made = {
        (found["metadata"]["namespace"], found["metadata"]["name"]): found["data"]
        for found in of_kind(manifests, "ConfigMap")
    }
    for found in of_kind(policy, "Gateway"):
        asked = found["spec"].get("infrastructure", {}).get("parametersRef", {})
        how = made.get((found["metadata"]["namespace"], asked.get("name")), {})
        for key in sorted(GATEWAY - how.keys()):
            yield f"{named(found)} has no {key}: it is one pod"
    if not any(way[0] == "istio-ingress" for way in allowed(manifests, "Ingress")):
        yield "the ingress gateway may not reach the edge"


def limits(manifests: Manifests, policy: Manifests) -> Iterator[str]:
    """The mesh lets as many calls live as the edge does."""
    most = flags(manifests).max_live_streams
    for found in of_kind(policy, "DestinationRule"):
        host, _, _ = found["spec"]["host"].partition(".")
        pool = found["spec"]["trafficPolicy"].get("connectionPool", {})
        live = pool.get("http", {}).get("http2MaxRequests")
        if host in SERVICES and live != most:
            yield f"{named(found)} lets {live} calls live, and the edge {most}"


def providers(manifests: Manifests, policy: Manifests) -> Iterator[str]:
    """A provider of the catalogue is one that the egress gateway lets through."""
    named_ones = {
        host
        for found in of_kind(policy, "ServiceEntry")
        for host in found["spec"]["hosts"]
    }
    catalogue: dict[str, Any] = yaml.safe_load(
        find(manifests, "ConfigMap", "models")["data"]["models.yaml"]
    )
    for provider in catalogue["providers"]:
        place = urlsplit(provider["url"])
        if place.scheme != "http" or place.hostname not in named_ones:
            yield f"the provider {provider['name']} is asked at {provider['url']}"


def members(manifests: Manifests, policy: Manifests) -> Iterator[str]:
    """Parts are in the mesh, and what brings tables up to date is not."""
    labels = find(manifests, "Namespace", "parley")["metadata"]["labels"]
    if labels.get(INJECTED) != "enabled":
        yield "the namespace is not in the mesh"
    for owner, _ in pods(manifests):
        own = owner["spec"]["template"]["metadata"]["labels"]
        about = owner["spec"]["template"]["metadata"].get("annotations", {})
        if own[NAME] in ("edge", *SERVICES) and about.get(PASSED_BY) != str(METRICS):
            yield f"{owner['metadata']['name']} shows its metrics to the mesh alone"
        apart = own.get("sidecar.istio.io/inject") == "false"
        if apart != (own[NAME] == "migrate"):
            has = "has no" if apart else "has a"
            yield f"{owner['metadata']['name']} {has} sidecar"


def named(found: Manifest) -> str:
    """Name a resource as people do."""
    return f"{found['kind']} {found['metadata']['name']}"


def ambient(manifests: Manifests) -> Iterator[str]:
    """Say what is missing for a mesh without sidecars: its labels, and its ways."""
    labels = find(manifests, "Namespace", "parley")["metadata"]["labels"]
    for key, value in AMBIENT.items():
        if labels.get(key) != value:
            yield f"the namespace is not labelled {key}: {value}"
    if INJECTED in labels:
        yield "the namespace has sidecars besides"
    out, into = allowed(manifests, "Egress"), allowed(manifests, "Ingress")
    for source, target, _ in sorted(calls()):
        for way, direction in (
            ((source, "waypoint", TUNNEL), out),
            ((source, "waypoint", TUNNEL), into),
            (("waypoint", target, TUNNEL), out),
            (("waypoint", target, TUNNEL), into),
        ):
            if way not in direction:
                yield f"{way[0]} may not reach {way[1]}:{way[2]}"
    if ("istio-ingress", "waypoint", TUNNEL) not in into:
        yield "the ingress gateway may not reach the waypoint"
    if ("waypoint", "istio-system", 15012) not in out:
        yield "the waypoint may not reach istiod"
