"""
HTTPRoute, as the VirtualService that Istio makes of it.

config/kube/gateway/conversion.go. A route belongs to listeners of a gateway, or to the
calls to a host that a ServiceEntry names.
"""

from collections.abc import Iterator

from deploy.mesh.envoy.routes import MESH
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.gateways import (
    BackendRef,
    Gateway,
    HttpRoute,
    HttpRule,
    Listener,
    ParentRef,
    RouteMatch,
)
from deploy.mesh.kinds.outside import ServiceEntry
from deploy.mesh.kinds.routes import (
    Destination,
    Match,
    PortSelector,
    Redirect,
    Route,
    VirtualService,
    Weighted,
)
from deploy.mesh.resources import Mesh, Resource


def services(mesh: Mesh) -> list[Resource[VirtualService]]:
    """List what is written as VirtualService, and what is made of HTTPRoutes."""
    made = [made for route in mesh.of(HttpRoute) for made in of_route(mesh, route)]
    return [*mesh.of(VirtualService), *made]


def listener_name(gateway: str, section: str) -> str:
    """Name a listener of a gateway, as routes do here."""
    return f"{gateway}/{section}"


def of_route(
    mesh: Mesh, route: Resource[HttpRoute]
) -> Iterator[Resource[VirtualService]]:
    """Make what a route is, for each of those it belongs to."""
    for parent in route.spec.parent_refs:
        namespace = parent.namespace or route.namespace
        if parent.kind == "Gateway":
            yield at_gateway(mesh, route, parent, namespace)
        elif parent.kind == "ServiceEntry":
            yield at_host(mesh, route, parent, namespace)
        else:
            raise Refused(f"HTTPRoute {route.name}: a parent of kind {parent.kind}")


def at_gateway(
    mesh: Mesh, route: Resource[HttpRoute], parent: ParentRef, namespace: str
) -> Resource[VirtualService]:
    """Make what a gateway's listeners do; only those that take routes from there."""
    found = [
        each
        for each in mesh.of(Gateway)
        if (each.namespace, each.name) == (namespace, parent.name)
    ]
    if not found:
        raise Refused(f"HTTPRoute {route.name}: there is no Gateway {parent.name}")
    (gateway,) = found
    listeners = [
        listener_name(f"{namespace}/{gateway.name}", each.name)
        for each in gateway.spec.listeners
        if parent.section_name in (None, each.name)
        and parent.port in (None, each.port)
        and admits(each, gateway.namespace, route.namespace)
    ]
    made = VirtualService.model_construct(
        hosts=route.spec.hostnames or ["*"],
        gateways=listeners,
        export_to=["*"],
        http=[of_rule(rule, route.namespace) for rule in rules(route)],
    )
    return Resource(route.metadata, made)


def admits(listener: Listener, own: str, namespace: str) -> bool:
    """Tell whether a listener takes routes from a namespace."""
    allowed = listener.allowed_routes.namespaces
    if allowed.origin == "Selector":
        if not allowed.selector:
            raise Refused(f"listener {listener.name}: a selector that selects nothing")
        return allowed.selector.match_labels.name == namespace
    return allowed.origin == "All" or namespace == own


def at_host(
    mesh: Mesh, route: Resource[HttpRoute], parent: ParentRef, namespace: str
) -> Resource[VirtualService]:
    """Make what sidecars do with calls to a host outside."""
    hosts = [
        host
        for each in mesh.of(ServiceEntry)
        if (each.namespace, each.name) == (namespace, parent.name)
        for host in each.spec.hosts
    ]
    if not hosts:
        raise Refused(f"HTTPRoute {route.name}: there is no ServiceEntry {parent.name}")
    made = VirtualService.model_construct(
        hosts=hosts,
        gateways=[MESH],
        # Beside what it is for, it is for everybody; elsewhere, for its own namespace.
        export_to=["*"] if namespace == route.namespace else ["."],
        http=[
            of_rule(rule, route.namespace, port=parent.port) for rule in rules(route)
        ],
    )
    return Resource(route.metadata, made)


def rules(route: Resource[HttpRoute]) -> list[HttpRule]:
    """List what a route does, which nothing but the order of files sorts here."""
    found = route.spec.rules
    if len(found) > 1 and any(rule.matches for rule in found):
        raise Refused(
            f"HTTPRoute {route.name}: several rules, one with `matches`: Istio takes "
            "the most specific first, and the bench does not sort them"
        )
    return found


def of_rule(rule: HttpRule, namespace: str, port: int | None = None) -> Route:
    """Make what one rule does."""
    redirect = None
    for each in rule.filters:
        asked = each.request_redirect
        redirect = Redirect.model_validate(
            {"scheme": asked.scheme, "redirectCode": asked.status_code}
        )
    return Route.model_construct(
        **{
            **Route().__dict__,
            "name": rule.name,
            "match": [of_match(each, port) for each in rule.matches or [RouteMatch()]],
            "route": [of_backend(each, namespace) for each in rule.backend_refs],
            "timeout": rule.timeouts.request,
            "redirect": redirect,
        }
    )


def of_match(asked: RouteMatch, port: int | None) -> Match:
    """Say which requests a rule is for (createMethodMatch, createHeadersMatch)."""
    texts = {"Exact": "exact", "RegularExpression": "regex"}
    found: dict[str, object] = {"port": port}
    if asked.method:
        found["method"] = {"exact": asked.method}
    if asked.headers:
        found["headers"] = {
            each.name.lower(): {texts[each.type]: each.value} for each in asked.headers
        }
    return Match.model_validate(found)


def of_backend(backend: BackendRef, namespace: str) -> Weighted:
    """Name where requests go."""
    host = backend.name
    if backend.kind == "Service":
        host = f"{host}.{backend.namespace or namespace}.svc.cluster.local"
    return Weighted.model_construct(
        destination=Destination.model_construct(
            host=host,
            port=PortSelector(number=backend.port),
            subset=None,
        ),
        weight=backend.weight,
        headers=None,
    )
