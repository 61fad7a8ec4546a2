"""Who may reach whom is the call graph, and ports and names agree all along it."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from edge.envoy.methods import read_descriptors
from edge.envoy.render import DESCRIPTORS, Edge, read_flags
from parley.access.v1 import access_pb2
from tools.kubernetes.manifests import (
    NAME,
    PARTS,
    SERVICES,
    Manifest,
    Manifests,
    find,
    of_kind,
    variables,
)
from tools.kubernetes.rules.settings import pod_of

# From whom, to whom, at which port.
Way = tuple[str, str, int]
Ways = frozenset[Way]

PORTS: Mapping[str, int] = {
    "edge": 8080,
    "web": 3000,
    "auth": 50051,
    "chat": 50052,
    "llm": 50053,
}
METRICS = 9464
# By which Istio labels the pods of a gateway; where pods are reached without sidecars.
GATEWAY, TUNNEL = "gateway.networking.k8s.io/gateway-name", 15008
SIDECARS_METRICS = 15090
STORES: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "postgres": (5432, ("auth", "chat", "llm", "migrate")),
    "redis": (6379, ("auth", "chat", "llm")),
    "milvus": (19530, ("llm",)),
}
DATA = "parley-data"
SUFFIX = ".parley.svc.cluster.local"


def calls() -> Ways:
    """Read the call graph of the services from the protos, as the mesh does."""
    ways = set[Way]()
    for file in read_descriptors(DESCRIPTORS).file:
        part = file.package.split(".")[1] if file.package.startswith("parley.") else ""
        for service in file.service:
            for method in service.method:
                access = method.options.Extensions[access_pb2.access]
                for caller in access.callers:
                    name = access_pb2.Access.Caller.Name(caller)
                    source = name.removeprefix("CALLER_").lower()
                    ways.add((source, part, PORTS[part]))
    return frozenset(ways | {("edge", "web", PORTS["web"])})


def to_stores() -> Ways:
    """Say who keeps something where."""
    return frozenset(
        (source, DATA, port) for port, sources in STORES.values() for source in sources
    )


def inside(ways: Ways) -> Ways:
    """Leave out what surrounds Parley: gateways, telemetry, names, the mesh."""
    own = {*PARTS, "migrate"}
    return frozenset(
        way
        for way in ways
        if way[0] in own and way[1] in {*own, DATA} and way not in KEYS
    )


# SMTP with TLS, from the first byte or with STARTTLS.
MAIL = (465, 587)

# In the mesh, the sidecars of the services fetch the keys of tokens from the edge.
KEYS = frozenset((service, "edge", PORTS["edge"]) for service in SERVICES)


def allowed(manifests: Manifests, direction: str) -> Ways:
    """Read the policies of the namespace: what goes out, or what comes in."""
    ways = set[Way]()
    key, peers = ("egress", "to") if direction == "Egress" else ("ingress", "from")
    for policy in of_kind(manifests, "NetworkPolicy"):
        if policy["metadata"]["namespace"] != "parley":
            continue
        for rule in policy["spec"].get(key, []):
            for own in selected(policy["spec"]["podSelector"]):
                for peer in rule.get(peers, [{}]):
                    for other in peer_names(peer):
                        for port in rule.get("ports", [{"port": 0}]):
                            way = (own, other) if key == "egress" else (other, own)
                            ways.add((*way, port["port"]))
    return frozenset(ways)


def selected(selector: Manifest) -> list[str]:
    """Name the parts, or the gateway, that a selector picks; `*` is all."""
    labels = selector.get("matchLabels", {})
    if name := labels.get(NAME) or labels.get(GATEWAY):
        return [name]
    for expression in selector.get("matchExpressions", []):
        if expression["key"] == NAME and expression["operator"] == "In":
            return list(expression["values"])
    return ["*"]


def peer_names(peer: Manifest) -> list[str]:
    """Name who stands on the other side: a part, a namespace, or an address."""
    if "ipBlock" in peer:
        return [peer["ipBlock"]["cidr"]]
    if "namespaceSelector" in peer:
        labels = peer["namespaceSelector"].get("matchLabels", {})
        return [labels.get("kubernetes.io/metadata.name", "*")]
    return selected(peer["podSelector"]) if "podSelector" in peer else ["anybody"]


def policies(manifests: Manifests) -> Iterator[str]:
    """Each edge of the call graph is allowed on both its sides, and nothing else is."""
    wanted = calls()
    for direction, expected in (
        ("Egress", wanted | to_stores()),
        ("Ingress", wanted),
    ):
        found = inside(allowed(manifests, direction))
        for source, target, port in sorted(expected - found):
            yield f"{direction}: {source} may not reach {target}:{port}, and has to"
        for source, target, port in sorted(found - expected):
            yield f"{direction}: {source} may reach {target}:{port}, and need not"


def surroundings(manifests: Manifests) -> Iterator[str]:
    """What surrounds Parley is let in and out by name, and by nothing wider."""
    expected = {
        ("istio-ingress", "edge", 8080),
        ("anybody", "edge", 8080),  # without a mesh
        *(("observability", part, METRICS) for part in PARTS),
        *(("observability", part, SIDECARS_METRICS) for part in PARTS),
        *((part, "observability", 4317) for part in ("edge", *SERVICES)),
        *((part, "istio-egress", 443) for part in ("auth", "llm")),
        *((part, "0.0.0.0/0", 443) for part in ("auth", "llm")),  # without a mesh
        *(("auth", "0.0.0.0/0", port) for port in MAIL),
        ("*", "kube-system", 53),
        ("*", "istio-system", 15012),
    }
    for direction in ("Egress", "Ingress"):
        found = allowed(manifests, direction)
        for way in sorted(found - inside(found) - expected - KEYS):
            yield f"{direction}: {way[0]} may reach {way[1]}:{way[2]}"


def default_deny(manifests: Manifests) -> Iterator[str]:
    """What no policy allows is refused, in both namespaces."""
    for namespace in {"parley", DATA} & {
        found["metadata"]["name"] for found in of_kind(manifests, "Namespace")
    }:
        kinds = {
            kind
            for policy in of_kind(manifests, "NetworkPolicy")
            if policy["metadata"]["namespace"] == namespace
            and policy["spec"]["podSelector"] == {}
            for kind in policy["spec"]["policyTypes"]
        }
        needed = {"Ingress", "Egress"} if namespace == "parley" else {"Ingress"}
        for kind in sorted(needed - kinds):
            yield f"{namespace}: {kind} is not denied by default"


def ports(manifests: Manifests) -> Iterator[str]:
    """A part listens where its Service sends calls, and where others look for it."""
    for part, port in PORTS.items():
        service = find(manifests, "Service", part)["spec"]
        (container,) = pod_of(manifests, part)["containers"]
        offered = {each["name"]: each["port"] for each in service["ports"]}
        has = {each["name"]: each["containerPort"] for each in container["ports"]}
        if port not in offered.values():
            yield f"{part}: its Service has no port {port}"
        if offered != has:
            yield f"{part}: its Service has {offered}, and its container {has}"
        if part in SERVICES:
            listening = variables(container)[f"{part.upper()}_LISTEN_ADDRESS"]
            if listening != f"0.0.0.0:{port}":
                yield f"{part}: listens at {listening}"
            metrics = variables(container)[f"{part.upper()}_METRICS_ADDRESS"]
            if metrics != f"0.0.0.0:{METRICS}":
                yield f"{part}: shows its metrics at {metrics}"


def addresses(manifests: Manifests) -> Iterator[str]:
    """Who is called is called by the name and port of its Service."""
    for part in SERVICES:
        (container,) = pod_of(manifests, part)["containers"]
        for name, value in variables(container).items():
            other = name.removeprefix(f"{part.upper()}_").removesuffix("_ADDRESS")
            if name.endswith("_ADDRESS") and other.lower() in PORTS:
                expected = f"{other.lower()}{SUFFIX}:{PORTS[other.lower()]}"
                if value != expected:
                    yield f"{part}: {name} is {value}, not {expected}"
    edge = flags(manifests)
    for part in (*SERVICES, "web"):
        found = getattr(edge, part)
        for address in [found] if part == "web" else found:
            if address != f"{part}{SUFFIX}:{PORTS[part]}":
                yield f"edge: looks for {part} at {address}"
    if (edge.port, edge.metrics_port) != (PORTS["edge"], METRICS):
        yield f"edge: listens at {edge.port} and {edge.metrics_port}"


def flags(manifests: Manifests) -> Edge:
    """Read what the edge is started with."""
    (container,) = pod_of(manifests, "edge")["containers"]
    written = find(manifests, "ConfigMap", "edge")["data"]["edge.flags"]
    lines = (line.partition("#")[0].split() for line in written.splitlines())
    arguments = [word for line in lines for word in line]
    assert container["args"][0] == "@/etc/parley/edge.flags"
    for argument in container["args"][1:]:
        arguments += argument.split("=", 1)
    return read_flags(arguments)


def places(manifests: Manifests) -> Iterator[str]:
    """The stores are looked for where an operator's Service is, in their namespace."""
    data = find(manifests, "ConfigMap", "places")["data"]
    for key, port in (("postgres", 5432), ("postgres-direct", 5432), ("redis", 6379)):
        host, _, found = data[key].rpartition(":")
        if not host.endswith(f".{DATA}.svc.cluster.local") or int(found) != port:
            yield f"places: {key} is {data[key]}"
    if urlsplit(data["milvus"]).port != 19530:
        yield f"places: milvus is {data['milvus']}"
