"""No stream is cut off before its time, nor for silence between heartbeats."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.durations import seconds
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.routes import Route, taken
from tools.mesh_check.rpcs import EDGE, HEARTBEAT_SECONDS

report = Report(
    __name__,
    breaks="a long reply breaks off in the middle, which its reader sees as INTERNAL "
    "or, in a browser, not at all",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at routes, at the gateways' routes, and at what ends connections."""
    for rpc, routes in taken(mesh):
        for route in routes if rpc.streams else []:
            yield from of_route(route, rpc.path)
    for resource in mesh.of_kind("HTTPRoute", "gateway.networking.k8s.io"):
        for rule in resource.spec.get("rules") or []:
            for key, said in (rule.get("timeouts") or {}).items():
                if 0 < seconds(said) <= EDGE.stream_seconds:
                    yield report(
                        resource,
                        f"`{key}` ends every call after {said}, streams too",
                        "no timeout: the edge bounds each call by its kind",
                    )
    for resource in mesh.of_kind("DestinationRule"):
        for pool in pools(resource.spec):
            yield from of_pool(resource, pool)


def of_route(route: Route, path: str) -> Iterator[Finding]:
    """Look at the route of a stream."""
    if 0 < route.seconds <= EDGE.stream_seconds:
        yield report(
            route.resource,
            f"the route {route.name} ends {path} after {route.seconds:g} s",
            f"more than {EDGE.stream_seconds} s, the longest stream of the edge",
        )
    per_try = (route.retries or {}).get("perTryTimeout")
    if per_try and seconds(per_try) <= EDGE.silent_seconds:
        yield report(
            route.resource,
            f"the route {route.name} gives {path} up when nothing came for {per_try}",
            "no `perTryTimeout`: a model may think that long before its first word",
        )


def of_pool(resource: Resource, pool: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at what ends the connections on which streams are."""
    http, tcp = pool.get("http") or {}, pool.get("tcp") or {}
    for said in (http.get("idleTimeout"), tcp.get("idleTimeout")):
        if said and seconds(said) <= HEARTBEAT_SECONDS:
            yield report(
                resource,
                f"a connection is closed when it is silent for {said}",
                f"more than {HEARTBEAT_SECONDS} s, in which a heartbeat comes",
            )
    if said := tcp.get("maxConnectionDuration"):
        yield report(
            resource,
            f"every connection ends after {said}, with the streams on it",
            "no `maxConnectionDuration`",
        )


def pools(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """List the pools of a rule, its ports and its subsets."""
    policies = [spec.get("trafficPolicy") or {}]
    policies += [
        subset.get("trafficPolicy") or {} for subset in spec.get("subsets", [])
    ]
    for policy in policies:
        yield policy.get("connectionPool") or {}
        for port in policy.get("portLevelSettings") or []:
            yield port.get("connectionPool") or {}
