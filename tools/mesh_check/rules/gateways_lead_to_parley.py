"""Each gateway's routes wait for its name, and lead where they are meant to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.rules.gateways_are_narrow import GROUP
from tools.mesh_check.system import INGRESS

# The whole of what the two ways in do, but for names.
EDGE = [{"backendRefs": [{"name": "edge", "port": 8080}]}]
PAGES = {
    "method": "GET",
    "headers": [
        {"type": "RegularExpression", "name": "accept", "value": ".*text/html.*"}
    ],
}
REDIRECT = [
    {
        "matches": [PAGES],
        "filters": [
            {
                "type": "RequestRedirect",
                "requestRedirect": {"scheme": "https", "statusCode": 301},
            }
        ],
    }
]
report = Report(
    __name__,
    breaks="who comes in gets 404, or is served without TLS",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at the routes of gateways, and at what the two ways in lead to."""
    gateways = {
        (found.namespace, found.name): found for found in mesh.of_kind("Gateway", GROUP)
    }
    led: dict[str, list[Mapping[str, Any]]] = {"https": [], "http": []}
    for route in mesh.of_kind("HTTPRoute", GROUP):
        if not route.spec.get("parentRefs"):
            yield report(route, "it is at no gateway", "`parentRefs`, or no such route")
        for parent in route.spec.get("parentRefs") or []:
            if parent.get("kind", "Gateway") == "Gateway":
                yield from of_route(route, parent, gateways)
                if parent["name"] == "ingress":
                    rules = route.spec.get("rules") or []
                    led.setdefault(parent.get("sectionName", ""), []).extend(rules)
    if said(led["https"]) != EDGE:
        yield report.missing(
            "what comes over TLS does not go to the edge, all of it and as it is",
            f"{EDGE}",
        )
    if said(led["http"]) != REDIRECT:
        yield report.missing(
            "not exactly who comes for a page without TLS is sent to it", f"{REDIRECT}"
        )


def said(rules: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return rules without their names, which are for people."""
    return [
        {key: value for key, value in rule.items() if key != "name"} for rule in rules
    ]


def of_route(
    route: Resource,
    parent: Mapping[str, Any],
    gateways: Mapping[tuple[str, str], Resource],
) -> Iterator[Finding]:
    """Look whether a route's gateway is there, and waits for the route's name."""
    key = (parent.get("namespace", route.namespace), parent["name"])
    listeners = gateways[key].spec["listeners"] if key in gateways else []
    found = [one for one in listeners if one["name"] == parent.get("sectionName")]
    if not found or "port" in parent or parent.get("group", GROUP) != GROUP:
        yield report(route, f"no listener {parent} is there", "one that is")
    for listener in found:
        name = listener.get("hostname")
        for host in route.spec.get("hostnames") or ["*"]:
            if "*" in host or (name and host != name):
                yield report(
                    route, f"it waits for {host}", f"{name or 'one whole name'}"
                )
        serves = any("backendRefs" in rule for rule in route.spec.get("rules", []))
        if key[0] == INGRESS and listener.get("protocol") == "HTTP" and serves:
            yield report(route, "it serves without TLS", "a redirect, and no backend")
