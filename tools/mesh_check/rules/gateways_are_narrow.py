"""A gateway takes one name, over TLS, for the routes that are meant for it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.system import EGRESS, INGRESS, NAMESPACE

GROUP = "gateway.networking.k8s.io"
TYPE = "networking.istio.io/service-type"
MOST_PROXIES = 3
HBONE = {"port": 15008, "protocol": "HBONE"}
LARGE = {"group": "", "kind": "ConfigMap", "name": "waypoint-gateway"}
TOPOLOGY = '{"gatewayTopology": {"numTrustedProxies": 0}}'
ACCOUNT = "gateway.istio.io/service-account"
MUTUAL = {"gateway.istio.io/tls-terminate-mode": "ISTIO_MUTUAL"}
# The gateways that there are, and the account of each; a waypoint has its own name's.
PORTS = {"HTTP": 80, "HTTPS": 443}
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
    for key in set(gateways) - set(KNOWN) - {(NAMESPACE, "waypoint")}:
        yield report(gateways[key], "it is one more way in or out", f"{sorted(KNOWN)}")
    for gateway in gateways.values():
        chosen = any(file.startswith("overlays/") for file in gateway.patches)
        for wrong, write in problems(gateway, chosen=chosen):
            yield report(gateway, wrong, write)
    for old in mesh.of_kind("Gateway", "networking.istio.io"):
        yield report(old, "it is of the older API", "one of the Gateway API (ADR 0023)")


def problems(gateway: Resource, *, chosen: bool) -> Iterator[tuple[str, str]]:
    """Look at one gateway; an overlay has chosen what stands before it."""
    if gateway.namespace == NAMESPACE:
        yield from of_waypoint(gateway)
        return
    if gateway.spec.get("gatewayClassName") != "istio":
        yield "nobody makes it", "`gatewayClassName: istio`"
    made = (gateway.spec.get("infrastructure") or {}).get("parametersRef")
    like = {"group": "", "kind": "ConfigMap", "name": f"{gateway.name}-gateway"}
    if made != like:
        yield "it is one pod, which ends in a moment", f"`parametersRef: {like}`"
    if gateway.namespace == EGRESS:
        look = of_egress
        if gateway.metadata["annotations"].get(TYPE) != "ClusterIP":
            yield "it gets an address for all the world", f"`{TYPE}: ClusterIP`"
    else:
        look = of_ingress
        if not 0 <= trusted_proxies(gateway) <= (MOST_PROXIES if chosen else 0):
            yield (
                "callers may write their own address",
                f"`{TOPOLOGY}` with 0, and in an overlay as many as there are",
            )
    for listener in gateway.spec.get("listeners") or []:
        for wrong, write in look(listener):
            yield f"{listener.get('name')}: {wrong}", write


def trusted_proxies(gateway: Resource) -> int:
    """Read how many proxies stand before a gateway; -1: it says none, or more."""
    said = (gateway.spec.get("infrastructure") or {}).get("annotations") or {}
    try:
        config = json.loads(said.get("proxy.istio.io/config", "{}"))
    except ValueError:
        return -1
    count = (config.get("gatewayTopology") or {}).get("numTrustedProxies")
    alone = config == {"gatewayTopology": {"numTrustedProxies": count}}
    return count if alone and isinstance(count, int) else -1


def of_waypoint(gateway: Resource) -> Iterator[tuple[str, str]]:
    """Look at a waypoint: Istio knows it by just these words."""
    listeners = [
        {key: value for key, value in one.items() if key != "name"}
        for one in gateway.spec.get("listeners") or []
    ]
    if gateway.name != "waypoint" or listeners != [HBONE]:
        yield "Istio or a policy knows it by another name", "`waypoint`, HBONE on 15008"
    labels = gateway.metadata.get("labels") or {}
    if labels.get("istio.io/waypoint-for") != "service":
        yield "it is not for Services", "the label `istio.io/waypoint-for: service`"
    if gateway.spec.get("infrastructure") != {"parametersRef": LARGE}:
        yield "it is one pod, which ends in a moment", f"`parametersRef: {LARGE}`"


def of_ingress(listener: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Look at a way in."""
    if "*" in listener.get("hostname", "*"):
        yield "it takes every name", "`hostname`, whole"
    routes = (listener.get("allowedRoutes") or {}).get("namespaces") or {}
    if listener.get("port") != PORTS.get(listener.get("protocol", "")):
        yield f"the port is {listener.get('port')}", f"{PORTS}"
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
    if not tls.get("certificateRefs") or "options" in tls:
        yield "it has no certificate", "`certificateRefs`"
    labels = (routes.get("selector") or {}).get("matchLabels") or {}
    if routes.get("from") != "Selector" or labels != {
        "kubernetes.io/metadata.name": NAMESPACE
    }:
        yield "other namespaces may put routes here", f"routes of {NAMESPACE} alone"


def of_egress(listener: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Look at the way out."""
    tls = listener.get("tls") or {}
    if tls.get("options") != MUTUAL or "certificateRefs" in tls:
        yield "it takes calls from outside of the mesh", f"`options: {MUTUAL}`"
    if (listener.get("protocol"), listener.get("port")) != ("HTTPS", 443):
        yield f"it listens on {listener.get('port')}", "`protocol: HTTPS`, `port: 443`"
    routes = (listener.get("allowedRoutes") or {}).get("namespaces") or {}
    if routes.get("from", "Same") != "Same":
        yield "other namespaces may open ways out", "`from: Same`"
