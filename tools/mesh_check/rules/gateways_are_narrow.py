"""A gateway takes one name, over TLS, for the routes that are meant for it."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.system import EGRESS, INGRESS, NAMESPACE

GROUP = "gateway.networking.k8s.io"
ACCOUNT = "gateway.istio.io/service-account"
MUTUAL = {"gateway.istio.io/tls-terminate-mode": "ISTIO_MUTUAL"}
# The gateways that there are, and the account of each; a waypoint has its own name's.
KNOWN = {(INGRESS, "ingress"): "ingress", (EGRESS, "egress"): "egress"}

report = Report(
    __name__,
    breaks="traffic comes in by a name or without TLS that nobody thinks of, or "
    "another team's route takes Parley's place",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at every gateway, and at the routes that name one."""
    gateways = {
        (found.namespace, found.name): found for found in mesh.of_kind("Gateway", GROUP)
    }
    for key, account in KNOWN.items():
        if key not in gateways:
            yield report.missing(f"there is no gateway {key}", f"one, in {key[0]}")
        elif gateways[key].metadata.get("annotations", {}).get(ACCOUNT) != account:
            yield report(
                gateways[key],
                "its account has a name that no policy knows",
                f"the annotation `{ACCOUNT}: {account}`",
            )
    for (namespace, _), gateway in gateways.items():
        if gateway.spec.get("gatewayClassName") == "istio-waypoint":
            continue
        look = of_egress if namespace == EGRESS else of_ingress
        for listener in gateway.spec.get("listeners") or []:
            for wrong, write in look(listener):
                yield report(gateway, f"{listener.get('name')}: {wrong}", write)
    for route in mesh.of_kind("HTTPRoute", GROUP):
        yield from of_route(route, gateways)
    for old in mesh.of_kind("Gateway", "networking.istio.io"):
        yield report(old, "it is of the older API", "one of the Gateway API (ADR 0023)")


def of_ingress(listener: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Look at a way in."""
    if "*" in listener.get("hostname", "*"):
        yield "it takes every name", "`hostname`, whole"
    routes = (listener.get("allowedRoutes") or {}).get("namespaces") or {}
    if listener.get("protocol") == "HTTP":
        if routes.get("from") != "Same":
            yield (
                "routes of others may use plaintext",
                "`from: Same`: it only redirects",
            )
        return
    tls = listener.get("tls") or {}
    if listener.get("protocol") != "HTTPS" or tls.get("mode") != "Terminate":
        yield "it does not end TLS", "`protocol: HTTPS`, `tls: {mode: Terminate}`"
    if not tls.get("certificateRefs"):
        yield "it has no certificate", "`certificateRefs`"
    labels = (routes.get("selector") or {}).get("matchLabels") or {}
    if routes.get("from") != "Selector" or labels != {
        "kubernetes.io/metadata.name": NAMESPACE
    }:
        yield "other namespaces may put routes here", f"routes of {NAMESPACE} alone"


def of_egress(listener: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Look at the way out."""
    if ((listener.get("tls") or {}).get("options") or {}) != MUTUAL:
        yield "it takes calls from outside of the mesh", f"`options: {MUTUAL}`"
    routes = (listener.get("allowedRoutes") or {}).get("namespaces") or {}
    if routes.get("from", "Same") != "Same":
        yield "other namespaces may open ways out", "`from: Same`"


def of_route(
    route: Resource, gateways: Mapping[tuple[str, str], Resource]
) -> Iterator[Finding]:
    """Look whether a route's gateway is there, and waits for the route's name."""
    for parent in route.spec.get("parentRefs") or []:
        if parent.get("kind", "Gateway") != "Gateway":
            continue
        key = (parent.get("namespace", route.namespace), parent["name"])
        listeners = {
            listener["name"]: listener
            for listener in (gateways[key].spec["listeners"] if key in gateways else [])
        }
        listener = listeners.get(parent.get("sectionName", ""))
        if listener is None:
            yield report(route, f"no listener {parent} is there", "one that is")
            continue
        name = listener.get("hostname")
        for host in route.spec.get("hostnames") or ["*"]:
            if "*" in host or (name and host != name):
                yield report(
                    route, f"it waits for {host}", f"{name or 'one whole name'}"
                )
        plain = listener.get("protocol") == "HTTP"
        if plain and any("backendRefs" in rule for rule in route.spec.get("rules", [])):
            yield report(route, "it serves without TLS", "a redirect, and no backend")
