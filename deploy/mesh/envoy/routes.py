"""VirtualService, as routes (networking/core/route/route.go)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from deploy.mesh.cluster import Port, Workload
from deploy.mesh.envoy import faults
from deploy.mesh.envoy.clusters import cluster_name, full_name
from deploy.mesh.envoy.headers import header_changes, request_match
from deploy.mesh.envoy.retries import retries
from deploy.mesh.envoy.typed import Config
from deploy.mesh.kinds.base import Percent, Refused, seconds
from deploy.mesh.kinds.routes import (
    Destination,
    Match,
    Retries,
    Route,
    VirtualService,
)
from deploy.mesh.resources import Resource

Service = Resource[VirtualService]
MESH = "mesh"
NO_LIMIT = "0s"
EVERYTHING: Config = {"prefix": "/", "case_sensitive": True}
ALL = Percent(value=100)
REDIRECTS = {
    301: "MOVED_PERMANENTLY",
    302: "FOUND",
    303: "SEE_OTHER",
    307: "TEMPORARY_REDIRECT",
    308: "PERMANENT_REDIRECT",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """For whose sidecar, or for which gateway, routes are."""

    workload: Workload
    labels: Mapping[str, str]
    # `mesh` for a sidecar; else the gateway's `namespace/name`.
    gateway: str = MESH
    # What holds where a route says nothing (MeshConfig.defaultHttpRetryPolicy).
    retries: Retries | None = None


def routes(
    services: Sequence[Service], host: str, port: Port, caller: Caller
) -> list[Config]:
    """
    Write the routes of a host: those of its VirtualService, or one to the host itself.

    A request that no route matches is answered with 404.
    """
    concerned = [each for each in services if concerns(each, host, caller)]
    if len(concerned) > 1:
        names = ", ".join(each.name for each in concerned)
        raise Refused(f"{host} has several VirtualServices, without an order: {names}")
    if concerned:
        return [*of_service(concerned[0], port, caller)]
    action = {
        "cluster": cluster_name(host, port.number),
        **limits(None),
        **retries(caller.retries),
    }
    return [{"name": "default", "match": {"prefix": "/"}, "route": action}]


def refuse_twins(hosts: Sequence[Config]) -> None:
    """
    Refuse two routes for one name, which Envoy does not take.

    Istio would merge them, the oldest first; files have no age.
    """
    owners: dict[str, str] = {}
    for each in hosts:
        for domain in each["domains"]:
            if domain in owners:
                raise Refused(
                    f"{owners[domain]} and {each['name']} are both for {domain}: Istio "
                    "takes the oldest first, and files have no age"
                )
            owners[domain] = each["name"]


def concerns(service: Service, host: str, caller: Caller) -> bool:
    """Tell whether a VirtualService is for a host, and for this caller."""
    spec = service.spec
    names = {full_name(each, service.namespace) for each in spec.hosts}
    visible = "*" in spec.export_to or service.namespace == caller.workload.namespace
    named = gateways(spec.gateways, service.namespace)
    return host in names and visible and caller.gateway in named


def gateways(names: Sequence[str], namespace: str) -> set[str]:
    """Complete the names of gateways with the namespace that they stand in."""
    return {
        name if name == MESH or "/" in name else f"{namespace}/{name}" for name in names
    }


def of_service(service: Service, port: Port, caller: Caller) -> Iterator[Config]:
    """
    Write the routes of a VirtualService, in its order.

    What stands behind a route that takes everything is left out, as Istio does
    (BuildHTTPRoutesForVirtualService).
    """
    for route in service.spec.http:
        for match in route.match or [Match()]:
            if meets(service, match, port, caller):
                written = one(service, route, match, port, caller)
                yield written
                if written["match"] == EVERYTHING:
                    return


def meets(service: Service, match: Match, port: Port, caller: Caller) -> bool:
    """Tell whether a match is for this caller and port (sourceMatchHTTP)."""
    if match.port not in (None, port.number):
        return False
    if match.gateways:
        return caller.gateway in gateways(match.gateways, service.namespace)
    return (
        match.source_labels.items() <= caller.labels.items()
        and match.source_namespace in ("", caller.workload.namespace)
    )


def one(
    service: Service, route: Route, match: Match, port: Port, caller: Caller
) -> Config:
    """Write one route (TranslateRoute)."""
    only = route.route[0].headers if len(route.route) == 1 else None
    written: Config = {
        "name": f"{route.name}.{match.name}" if match.name else route.name,
        "match": request_match(match),
        **header_changes(route.headers, only),
    }
    if route.redirect:
        written["redirect"] = {
            "scheme_redirect": route.redirect.scheme,
            "response_code": REDIRECTS[route.redirect.redirect_code],
        }
        return written
    written["route"] = action(service, route, port) | retries(
        route.retries or caller.retries
    )
    if fault := faults.per_route(route.fault):
        written["typed_per_filter_config"] = fault
    return written


def action(service: Service, route: Route, port: Port) -> Config:
    """Write where a route leads (applyHTTPRouteDestination)."""

    def named(destination: Destination) -> str:
        host = full_name(destination.host, service.namespace)
        number = destination.port.number if destination.port else port.number
        return cluster_name(host, number, destination.subset or "")

    if not route.route:
        raise Refused(f"VirtualService {service.name}: a route without a destination")
    found = limits(route.timeout)
    if len(route.route) == 1:
        found["cluster"] = named(route.route[0].destination)
    else:
        weighted = [
            {
                "name": named(each.destination),
                "weight": each.weight,
                **header_changes(each.headers),
            }
            for each in route.route
            if each.weight
        ]
        found["weighted_clusters"] = {"clusters": weighted}
    if copies := [
        {
            "cluster": named(destination),
            "runtime_fraction": {"default_value": faults.fraction(share)},
            "trace_sampled": False,
        }
        for destination, share in mirrors(route)
        if share.value > 0
    ]:
        found["request_mirror_policies"] = copies
    if route.rewrite and route.rewrite.uri:
        found["prefix_rewrite"] = route.rewrite.uri
    if route.rewrite and route.rewrite.authority:
        found["host_rewrite_literal"] = route.rewrite.authority
    return found


def mirrors(route: Route) -> Iterator[tuple[Destination, Percent]]:
    """List where copies go, and of how many requests: of all, if nobody says."""
    if route.mirror:
        yield route.mirror, route.mirror_percentage or ALL
    for each in route.mirrors:
        yield each.destination, each.percentage or ALL


def limits(timeout: timedelta | None) -> Config:
    """
    Write how long a call may take: without end, if nobody says (setTimeout).

    A gRPC deadline holds besides, up to the same limit.
    """
    limit = seconds(timeout) if timeout else NO_LIMIT
    return {"timeout": limit, "max_grpc_timeout": limit}
