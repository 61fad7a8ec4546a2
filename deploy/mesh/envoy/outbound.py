"""What a sidecar does with the calls of its service (networking/core/listener.go)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from deploy.mesh.cluster import Cluster, Instance, Port, Workload
from deploy.mesh.envoy import outside
from deploy.mesh.envoy.clusters import cluster_name
from deploy.mesh.envoy.gateway_api import services
from deploy.mesh.envoy.http import connection_manager
from deploy.mesh.envoy.logs import access_logs
from deploy.mesh.envoy.routes import Caller, refuse_twins, routes
from deploy.mesh.envoy.scope import sight
from deploy.mesh.envoy.typed import PREFIX, Config, Source, address, http_filter
from deploy.mesh.resources import Mesh

ANYBODY_PORT = 80
ANYBODY = "0.0.0.0_80"
PASSTHROUGH = "PassthroughCluster"
DNS_CACHE: Config = {"name": "anybody", "dns_lookup_family": "V4_ONLY"}
DYNAMIC = http_filter(
    "dynamic_forward_proxy", "FilterConfig", dns_cache_config=DNS_CACHE
)


class Known(NamedTuple):
    """Whom a sidecar may call."""

    namespace: str
    host: str
    port: Port
    outside: bool


def known(
    mesh: Mesh, cluster: Cluster, workload: Workload, instance: Instance
) -> list[Known]:
    """List whom a sidecar knows: services, and who is outside."""
    seen = sight(mesh, workload.namespace, workload.labels_of(instance))
    inside = (
        Known(other.namespace, other.host, port, outside=False)
        for other in cluster.workloads
        for port in other.ports
    )
    beyond = (Known(*each, outside=True) for each in outside.ports_of(mesh, workload))
    return [
        each
        for each in (*inside, *beyond)
        if workload.gateway or seen.sees(each.namespace, each.host, each.port.number)
    ]


def listeners(
    mesh: Mesh,
    workload: Workload,
    instance: Instance,
    may_call: Sequence[Known],
    source: Source,
) -> Iterator[Config]:
    """
    Write where a service's calls are taken: for each host and port, a socket.

    On a cluster the kernel redirects them, and the sidecar tells by the address and the
    authority whom they are for. Calls to whom it does not know end there.
    """
    numbers = {(each.host, each.port.number) for each in may_call}
    for (host, number), target in instance.outbound.items():
        name = cluster_name(host, number)
        filters = [] if (host, number) in numbers else [black_hole()]
        filters = filters or [manager(mesh, workload, instance, name, [], source)]
        yield listener(name, target, filters)
    if instance.anybody:
        extra = [] if registry_only(mesh, workload, instance) else [DYNAMIC]
        filters = [manager(mesh, workload, instance, ANYBODY, extra, source)]
        yield listener(ANYBODY, instance.anybody, filters)


def listener(name: str, target: str, filters: Sequence[Config]) -> Config:
    """Write one listener."""
    return {
        "name": name,
        "address": address(target),
        "traffic_direction": "OUTBOUND",
        "enable_reuse_port": False,
        "filter_chains": [{"filters": [*filters]}],
    }


def manager(
    mesh: Mesh,
    workload: Workload,
    instance: Instance,
    name: str,
    filters: Sequence[Config],
    source: Source,
) -> Config:
    """Write how calls are read."""
    return connection_manager(
        f"outbound_{name}",
        mesh.values.mesh_config,
        filters,
        rds={"route_config_name": name, "config_source": source(name)},
        access_log=access_logs(mesh, workload, instance),
    )


def black_hole() -> Config:
    """End every connection (blackholeFilterChain)."""
    return {
        "name": "envoy.filters.network.tcp_proxy",
        "typed_config": {
            "@type": f"{PREFIX}extensions.filters.network.tcp_proxy.v3.TcpProxy",
            "stat_prefix": "BlackHoleCluster",
            "cluster": "BlackHoleCluster",
        },
    }


def registry_only(mesh: Mesh, workload: Workload, instance: Instance) -> bool:
    """Tell whether who is not known is not reached, as its Sidecar or the mesh says."""
    own = sight(mesh, workload.namespace, workload.labels_of(instance)).registry_only
    if own is not None:
        return own
    return mesh.values.mesh_config.outbound_traffic_policy.mode == "REGISTRY_ONLY"


def route_configs(
    mesh: Mesh, workload: Workload, instance: Instance, may_call: Sequence[Known]
) -> Iterator[Config]:
    """Write where a service's calls go."""
    caller = Caller(
        workload=workload,
        labels=workload.labels_of(instance),
        retries=mesh.values.mesh_config.default_http_retry_policy,
    )
    written = services(mesh)
    for each in may_call:
        if (each.host, each.port.number) in instance.outbound:
            found = routes(written, each.host, each.port, caller)
            if each.outside:
                found = named(found, each.host)
            name = cluster_name(each.host, each.port.number)
            yield config(name, [virtual(["*"], found)])
    if instance.anybody:
        hosts = [
            virtual([each.host], routes(written, each.host, each.port, caller))
            for each in may_call
            if each.port.number == ANYBODY_PORT
        ]
        refuse_twins(hosts)
        everybody = somebody(closed=registry_only(mesh, workload, instance))
        yield config(ANYBODY, [*hosts, virtual(["*"], [everybody])])


def named(found: Sequence[Config], host: str) -> list[Config]:
    """
    Name the host outside in each request.

    Its caller was given a port of this machine as the address, and says so.
    """
    own = {"host_rewrite_literal": host}
    return [
        {**each, "route": own | each["route"]} if "route" in each else each
        for each in found
    ]


def config(name: str, hosts: Sequence[Config]) -> Config:
    """Write a route configuration (buildSidecarOutboundHTTPRouteConfig)."""
    return {
        "name": name,
        "validate_clusters": False,
        "ignore_port_in_host_matching": True,
        "virtual_hosts": [*hosts],
    }


def virtual(domains: Sequence[str], found: Sequence[Config]) -> Config:
    """Write the routes of some names."""
    return {
        "name": domains[0],
        "domains": [*domains],
        "routes": [*found],
        "include_request_attempt_count": True,
    }


def somebody(*, closed: bool) -> Config:
    """
    Write what becomes of a call to whom nobody knows (buildCatchAllVirtualHost).

    502, where the mesh is REGISTRY_ONLY. Else it goes where the name leads: Istio would
    go where the connection was bound for.
    """
    if closed:
        answer = {"direct_response": {"status": 502}}
        return {"name": "block_all", "match": {"prefix": "/"}, **answer}
    action = {"cluster": PASSTHROUGH, "timeout": "0s", "max_grpc_timeout": "0s"}
    return {"name": "allow_any", "match": {"prefix": "/"}, "route": action}


def passthrough() -> Config:
    """Write the cluster of whom nobody knows."""
    kind = f"{PREFIX}extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig"
    return {
        "name": PASSTHROUGH,
        "lb_policy": "CLUSTER_PROVIDED",
        "cluster_type": {
            "name": "envoy.clusters.dynamic_forward_proxy",
            "typed_config": {"@type": kind, "dns_cache_config": DNS_CACHE},
        },
    }
