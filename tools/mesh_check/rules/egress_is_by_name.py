"""A call leaves the mesh only to a name that is listed, through the gateway."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.allows import allows
from tools.mesh_check.durations import seconds
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.rules.gateways_lead_to_parley import said
from tools.mesh_check.system import EGRESS, NAMESPACE, principal

GROUP = "gateway.networking.k8s.io"
GATEWAY = {"name": "egress-istio", "port": 443}
EGRESS_TARGET = [{"group": GROUP, "kind": "Gateway", "name": "egress"}]
LEAVING = (principal("llm"), principal("auth"))
ROOM = 1_000  # of calls at once to one provider, at the least

report = Report(
    __name__,
    breaks="what people write leaves for an address that nobody chose, or past the one "
    "place where it can be watched",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at each name that is outside, and at the whole way there."""
    names = set()
    for entry in mesh.of_kind("ServiceEntry"):
        for wrong, write in problems(entry):
            yield report(entry, wrong, write)
        for host in entry.spec.get("hosts", []):
            names.add(host)
            for wrong, write in way(mesh, entry, host):
                yield report(entry, wrong, write)
    for allow in allows(mesh):
        if allow.resource.namespace != EGRESS:
            continue
        if allow.resource.targets != EGRESS_TARGET:
            yield report(allow.resource, "it is not the gateway's", f"{EGRESS_TARGET}")
        if allow.caller not in LEAVING:
            yield report(
                allow.resource,
                f"{allow.caller} may leave",
                "llm, which asks models, or auth, which asks identity providers",
            )
        if set(allow.operation) != {"hosts"}:
            yield report(
                allow.resource, f"it goes by {sorted(allow.operation)}", "`hosts` alone"
            )
        hosts = allow.operation.get("hosts") or ["every host"]
        if unknown := set(hosts) - names:
            yield report(
                allow.resource,
                f"it is about {sorted(unknown)}",
                "hosts that are listed",
            )


def problems(entry: Resource) -> Iterator[tuple[str, str]]:
    """Look at how a name outside is listed."""
    spec = entry.spec
    if any("*" in host for host in spec.get("hosts", ["*"])):
        yield "it lists a pattern", "each name, whole"
    if entry.namespace != EGRESS or set(spec.get("exportTo", ["*"])) != {
        ".",
        NAMESPACE,
    }:
        yield (
            "others of the cluster see the name, too",
            f'it in {EGRESS}, with `exportTo: [".", {NAMESPACE}]`',
        )
    if spec.get("resolution") != "DNS" or spec.get("location") != "MESH_EXTERNAL":
        yield "it goes to whatever address the caller gives", "`DNS`, `MESH_EXTERNAL`"
    ports = {port["number"]: port.get("protocol") for port in spec.get("ports", [])}
    if ports != {80: "HTTP", secure(entry): "HTTPS"}:
        yield (
            f"its ports are {ports}",
            "80 for the sidecars, one with TLS for the gateway",
        )


def way(mesh: Mesh, entry: Resource, host: str) -> Iterator[tuple[str, str]]:
    """Follow a call from the sidecar to the gateway, and from there to the host."""
    routes = mesh.of_kind("HTTPRoute", GROUP)
    to = [
        route
        for route in routes
        for parent in route.spec.get("parentRefs") or []
        if parent
        == {
            "group": "networking.istio.io",
            "kind": "ServiceEntry",
            "name": entry.name,
            "port": 80,
        }
    ]
    rules = [said(route.spec.get("rules") or []) for route in to]
    if rules != [to_all(GATEWAY)] or "hostnames" in to[0].spec:
        yield "sidecars do not send it to the gateway", f"an HTTPRoute to {GATEWAY}"
    out = [
        route
        for route in routes
        if host in route.spec.get("hostnames", [])
        and any(one["name"] == "egress" for one in route.spec.get("parentRefs") or [])
    ]
    port = secure(entry)
    end = {
        "group": "networking.istio.io",
        "kind": "Hostname",
        "name": host,
        "port": port,
    }
    rules = [said(route.spec.get("rules") or []) for route in out]
    if rules != [to_all(end)] or out[0].spec["hostnames"] != [host]:
        yield "the gateway does not send it on", f"an HTTPRoute to {host}, port {port}"
    yield from beginning(mesh, host, port)
    times = sum(
        (allow.operation.get("hosts") or []).count(host)
        for allow in allows(mesh)
        if allow.resource.namespace == EGRESS
    )
    if times != 1:
        yield (
            f"it is allowed {times} times",
            "one ALLOW, for llm or auth, at the gateway",
        )


def to_all(backend: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Write the one rule of a route: whatever comes, as it is."""
    return [{"backendRefs": [backend]}]


def secure(entry: Resource) -> int:
    """Say at which port a name outside takes TLS; 0: at none, or at several."""
    ports = [
        int(port["number"])
        for port in entry.spec.get("ports") or []
        if port.get("protocol") == "HTTPS"
    ]
    return ports[0] if len(ports) == 1 else 0


def beginning(mesh: Mesh, host: str, number: int) -> Iterator[tuple[str, str]]:
    """Look how the gateway begins TLS, and how many calls it may have there."""
    policies = [
        rule.spec.get("trafficPolicy") or {}
        for rule in mesh.of_kind("DestinationRule")
        if rule.spec.get("host") == host and rule.spec.get("exportTo") == ["."]
    ]
    if [list(policy) for policy in policies] != [["portLevelSettings"]] or any(
        len(policy["portLevelSettings"]) != 1 for policy in policies
    ):
        yield "more is said than one port's settings, which replace it", "them alone"
    ports = [
        port
        for policy in policies
        for port in policy.get("portLevelSettings") or []
        if (port.get("port") or {}).get("number") == number
    ]
    if [port.get("tls") for port in ports] != [
        {"mode": "SIMPLE", "sni": host, "subjectAltNames": [host]}
    ]:
        yield (
            "the gateway does not begin TLS, or takes any certificate",
            f"`tls: {{mode: SIMPLE, sni: {host}, subjectAltNames: [{host}]}}`, "
            'and `exportTo: ["."]`',
        )
    for port in ports:
        if not has_room(port.get("connectionPool") or {}):
            yield "the gateway has no limit there, or no room", f"{ROOM} or more"


def has_room(pool: Mapping[str, Any]) -> bool:
    """Tell whether live answers fit, and whether somebody who is away is given up."""
    http, tcp = pool.get("http") or {}, pool.get("tcp") or {}
    limits = (
        http.get("http2MaxRequests", 0),
        http.get("http1MaxPendingRequests", 0),
        tcp.get("maxConnections", 0),  # providers may speak HTTP/1.1: a call each
    )
    patience = seconds(tcp.get("connectTimeout", "0s"))
    whole = "maxConcurrentStreams" not in http and 0 < patience <= 10
    return whole and all(ROOM <= one <= 30 * ROOM for one in limits)
