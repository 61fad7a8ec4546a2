"""ServiceEntry, as clusters outside the mesh (networking/core/cluster.go)."""

from collections.abc import Iterator, Sequence

from deploy.mesh.cluster import Cluster, Port, Protocol, Workload
from deploy.mesh.envoy import pools
from deploy.mesh.envoy.clusters import (
    DEFAULT,
    balance,
    cluster_name,
    ejection,
    policy_of,
    protocol,
    rule_of,
    upgraded,
)
from deploy.mesh.envoy.typed import Config, address, typed
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.destinations import ClientTls, ConnectionPool
from deploy.mesh.kinds.outside import ServiceEntry
from deploy.mesh.resources import Mesh, Resource

# HTTPS that Envoy itself begins carries HTTP/1.1, unless somebody upgrades it.
PROTOCOL: Protocol = "http"


def entries(mesh: Mesh, caller: Workload) -> list[Resource[ServiceEntry]]:
    """List who outside may be known to a caller."""
    return [
        each
        for each in mesh.of(ServiceEntry)
        if exported(each.spec.export_to, each.namespace, caller.namespace)
    ]


def exported(export_to: Sequence[str], namespace: str, to: str) -> bool:
    """Tell whether a resource of a namespace is to be seen in another."""
    return any(
        each in ("*", to) or (each == "." and namespace == to) for each in export_to
    )


def ports_of(mesh: Mesh, caller: Workload) -> Iterator[tuple[str, str, Port]]:
    """List namespaces, hosts and ports of who is outside."""
    for entry in entries(mesh, caller):
        for host in entry.spec.hosts:
            for port in entry.spec.ports:
                yield entry.namespace, host, Port(port.number, PROTOCOL)


def cluster_outside(
    mesh: Mesh, cluster: Cluster, caller: Workload, host: str, port: Port
) -> Config:
    """Write the cluster of a host outside: found by its name, whenever that changes."""
    rule = rule_of(mesh, host, caller.namespace)
    policy = policy_of(rule.traffic_policy, port.number)
    pool = policy.connection_pool or ConnectionPool()
    name = cluster_name(host, port.number)
    target = cluster.outside.get((host, port.number), f"{host}:{port.number}")
    endpoint = {"endpoint": {"address": address(target)}}
    secured = origination(policy.tls, cluster.public_roots, host) if policy.tls else {}
    return {
        "name": name,
        "type": "STRICT_DNS",
        "dns_lookup_family": "V4_ONLY",
        "dns_refresh_rate": "60s",
        "respect_dns_ttl": True,
        "lb_policy": policy.load_balancer.simple if policy.load_balancer else DEFAULT,
        **pools.connections(pool),
        "circuit_breakers": pools.bounds(policy),
        **ejection(policy),
        "common_lb_config": balance(policy),
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
        "typed_extension_protocol_options": protocol(upgraded(port, pool), pool),
        **secured,
    }


def origination(asked: ClientTls, public_roots: str, host: str) -> Config:
    """
    Begin TLS to a host outside, and check its certificate's name.

    networking/core/cluster_tls.go: constructUpstreamTLS.
    """
    if asked.mode == "DISABLE":
        return {}
    if asked.mode != "SIMPLE" or not (asked.sni and asked.subject_alt_names):
        raise Refused(f"{host}: say tls SIMPLE with sni and subjectAltNames")
    names = [
        {"san_type": "DNS", "matcher": {"exact": name}}
        for name in asked.subject_alt_names
    ]
    common = {
        "validation_context": {
            "trusted_ca": {"filename": asked.ca_certificates or public_roots},
            "match_typed_subject_alt_names": names,
        },
        "tls_params": {
            "tls_minimum_protocol_version": "TLSv1_2",
            "tls_maximum_protocol_version": "TLSv1_3",
        },
    }
    socket = typed(
        "envoy.transport_sockets.tls",
        "extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        common_tls_context=common,
        sni=asked.sni,
    )
    return {"transport_socket": socket}
