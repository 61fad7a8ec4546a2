"""Every name that a resource uses is the name of something."""

from collections.abc import Iterator, Mapping
from typing import Any

from deploy.mesh.rpcs import HEALTH, rpcs
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.system import EGRESS, HOSTS, INGRESS, NAMESPACE, PARTS, PRINCIPALS

NAMESPACES = frozenset({NAMESPACE, INGRESS, EGRESS})
VERSION = "app.kubernetes.io/version"
report = Report(
    __name__,
    breaks="Istio takes the name as it is and says nothing: calls get 503, or a policy "
    "holds for nobody",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at hosts, ports, subsets, parts and accounts."""
    subsets = {
        (rule.spec.get("host"), subset["name"])
        for rule in mesh.of_kind("DestinationRule")
        for subset in rule.spec.get("subsets", [])
    }
    outside = {
        host: {port["number"] for port in entry.spec.get("ports", [])}
        for entry in mesh.of_kind("ServiceEntry")
        for host in entry.spec.get("hosts", [])
    }
    ports = {host.full: set(host.ports) for host in HOSTS.values()} | outside
    for resource in mesh.of_kind("VirtualService"):
        for host in resource.spec.get("hosts", []):
            if host not in ports:
                yield report(resource, f"there is no host {host}", known(ports))
        for destination in destinations(resource):
            yield from of_destination(resource, destination, ports, subsets)
    for resource in mesh.of_kind("DestinationRule"):
        if (host := resource.spec.get("host")) not in ports:
            yield report(resource, f"there is no host {host}", known(ports))
    for resource in mesh.of_kind("HTTPRoute", "gateway.networking.k8s.io"):
        for rule in resource.spec.get("rules") or []:
            for backend in rule.get("backendRefs") or []:
                yield from of_backend(resource, backend, ports)
    yield from of_matches(mesh)
    yield from of_subsets(mesh)
    for resource in mesh.resources:
        if resource.namespace not in NAMESPACES:
            yield report(
                resource,
                f"no namespace is called {resource.namespace}",
                f"{sorted(NAMESPACES)}",
            )
        for part in resource.parts:
            if part not in PARTS:
                yield report(resource, f"no part is called {part}", f"{sorted(PARTS)}")
    for resource in mesh.of_kind("AuthorizationPolicy"):
        for name in callers(resource):
            if name not in PRINCIPALS:
                yield report(resource, f"no account is {name}", f"{sorted(PRINCIPALS)}")


def of_matches(mesh: Mesh) -> Iterator[Finding]:
    """Look at the paths by which calls are told apart."""
    for resource in mesh.of_kind("VirtualService"):
        for route in resource.spec.get("http") or []:
            for match in route.get("match") or []:
                if match.get("uri") == {}:
                    yield report(resource, "a match has no path", "`exact`, whole")
                path = (match.get("uri") or {}).get("exact")
                if path is not None and path != HEALTH and path not in rpcs():
                    yield report(resource, f"there is no method {path}", "one that is")


def of_subsets(mesh: Mesh) -> Iterator[Finding]:
    """Look whether each version has pods of its own."""
    for rule in mesh.of_kind("DestinationRule"):
        for subset in rule.spec.get("subsets", []):
            name, labels = subset["name"], subset.get("labels")
            if labels != {"track": name} and list(labels or {}) != [VERSION]:
                yield report(
                    rule,
                    f"the subset {name} has the labels {labels}",
                    f"`labels: {{track: {name}}}` as its pods have them, or {VERSION}",
                )


def known(ports: Mapping[Any, Any]) -> str:
    """List the names that there are."""
    return f"one of {sorted(map(str, ports))}"


def destinations(resource: Resource) -> Iterator[Mapping[str, Any]]:
    """List where a VirtualService sends calls, and where it mirrors them."""
    for route in resource.spec.get("http") or []:
        for hop in [*(route.get("route") or []), *(route.get("mirrors") or [])]:
            yield hop["destination"]


def of_destination(
    resource: Resource,
    destination: Mapping[str, Any],
    ports: Mapping[str, set[int]],
    subsets: set[tuple[Any, Any]],
) -> Iterator[Finding]:
    """Look at one destination."""
    host = destination.get("host", "")
    number = (destination.get("port") or {}).get("number")
    subset = destination.get("subset")
    if host not in ports:
        yield report(resource, f"there is no host {host}", known(ports))
    elif number not in ports[host]:
        yield report(
            resource, f"{host} has no port {number}", f"one of {sorted(ports[host])}"
        )
    if host not in resource.spec.get("hosts", []):
        yield report(resource, f"calls to it end at {host}", "the host that was asked")
    if subset and (host, subset) not in subsets:
        yield report(
            resource,
            f"no DestinationRule of {host} has a subset {subset}",
            "the subset, with the labels of its pods",
        )


def of_backend(
    resource: Resource, backend: Mapping[str, Any], ports: Mapping[str, set[int]]
) -> Iterator[Finding]:
    """Look at one destination of a gateway's route."""
    name = backend.get("name", "")
    if backend.get("kind", "Service") == "Service":
        namespace = backend.get("namespace", resource.namespace)
        name = f"{name}.{namespace}.svc.cluster.local"
    if backend.get("port") not in ports.get(name, set()):
        yield report(
            resource,
            f"there is no {name} with port {backend.get('port')}",
            known(ports),
        )


def callers(resource: Resource) -> Iterator[str]:
    """List the accounts that a policy names; patterns are for `no-wildcards`."""
    for rule in resource.spec.get("rules") or []:
        for given in rule.get("from") or []:
            for name in (given.get("source") or {}).get("principals") or []:
                if "*" not in name:
                    yield name
