"""A call leaves the mesh only to a name that is listed, through the gateway, as llm."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.allows import allows
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.system import EGRESS, NAMESPACE, principal

GROUP = "gateway.networking.k8s.io"
GATEWAY = {"name": "egress-istio", "port": 443}

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
        if allow.caller != principal("llm"):
            yield report(
                allow.resource, f"{allow.caller} may leave", "llm alone: it asks models"
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
    ports = {port["number"]: port["protocol"] for port in spec.get("ports", [])}
    if ports != {80: "HTTP", 443: "HTTPS"}:
        yield f"its ports are {ports}", "80 for the sidecars, 443 for the gateway"


def way(mesh: Mesh, entry: Resource, host: str) -> Iterator[tuple[str, str]]:
    """Follow a call from the sidecar to the gateway, and from there to the host."""
    routes = mesh.of_kind("HTTPRoute", GROUP)
    to = [
        route
        for route in routes
        for parent in route.spec.get("parentRefs") or []
        if (parent.get("kind"), parent["name"], parent.get("port"))
        == ("ServiceEntry", entry.name, 80)
    ]
    if not to or backends(to[0]) != [GATEWAY]:
        yield "sidecars do not send it to the gateway", f"an HTTPRoute to {GATEWAY}"
    out = [
        route
        for route in routes
        if host in route.spec.get("hostnames", [])
        and any(one["name"] == "egress" for one in route.spec["parentRefs"])
    ]
    ends = (
        [(one.get("name"), one.get("port")) for one in backends(out[0])] if out else []
    )
    if ends != [(host, 443)]:
        yield "the gateway does not send it on", f"an HTTPRoute to {host}, port 443"
    tls = [
        port.get("tls") or {}
        for rule in mesh.of_kind("DestinationRule")
        if rule.spec.get("host") == host
        for port in (rule.spec.get("trafficPolicy") or {}).get("portLevelSettings")
        or []
        if (port.get("port") or {}).get("number") == 443
    ]
    if tls != [{"mode": "SIMPLE", "sni": host, "subjectAltNames": [host]}]:
        yield (
            "the gateway does not begin TLS, or takes any certificate",
            f"`tls: {{mode: SIMPLE, sni: {host}, subjectAltNames: [{host}]}}`",
        )
    if not any(
        allow.resource.namespace == EGRESS and host in allow.operation.get("hosts", [])
        for allow in allows(mesh)
    ):
        yield "nobody may call it", "an ALLOW for llm, at the egress gateway"


def backends(route: Resource) -> list[Mapping[str, Any]]:
    """List where a route leads."""
    return [
        backend
        for rule in route.spec.get("rules") or []
        for backend in rule.get("backendRefs") or []
    ]
