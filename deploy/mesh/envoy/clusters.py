"""DestinationRule, as clusters (networking/core/cluster.go, cluster_builder.go)."""

from collections.abc import Iterator, Sequence

from deploy.mesh.cluster import Instance, Port, Workload
from deploy.mesh.envoy import pools, tls
from deploy.mesh.envoy.endpoints import Replica, groups, replica
from deploy.mesh.envoy.http import http_options
from deploy.mesh.envoy.typed import Config
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.destinations import (
    ConnectionPool,
    DestinationRule,
    LocalitySetting,
    PortPolicy,
    Subset,
    TrafficPolicy,
)
from deploy.mesh.resources import Mesh

# cluster_traffic_policy.go: defaultLBAlgorithm.
DEFAULT = "LEAST_REQUEST"
HTTP2 = ("grpc", "http2")


def cluster_name(host: str, port: int, subset: str = "") -> str:
    """Name a cluster as Istio does (model/service.go: BuildSubsetKey)."""
    return f"outbound|{port}|{subset}|{host}"


def server_name(host: str, port: int, subset: str = "") -> str:
    """Write the SNI of a call inside the mesh (BuildDNSSrvSubsetKey)."""
    return f"outbound_.{port}_.{subset}_.{host}"


def rule_of(mesh: Mesh, host: str, namespace: str) -> DestinationRule:
    """Return the rule of a host. Istio would merge several; here each has one."""
    found = [
        each
        for each in mesh.of(DestinationRule)
        if full_name(each.spec.host, each.namespace) == host
        and ("*" in each.spec.export_to or each.namespace == namespace)
    ]
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        raise Refused(f"{host} has several DestinationRules: {names}")
    return found[0].spec if found else DestinationRule.read("", {"host": host})


def full_name(host: str, namespace: str) -> str:
    """Complete a short name with the namespace of the resource that it stands in."""
    return host if "." in host else f"{host}.{namespace}.svc.cluster.local"


def policy_of(policy: TrafficPolicy, port: int) -> TrafficPolicy:
    """
    Return what holds for a port.

    What a port says replaces all that the rule says, even what it leaves out
    (util.GetPortLevelTrafficPolicy).
    """
    for own in policy.port_level_settings:
        if own.port.number == port:
            return TrafficPolicy.model_construct(
                load_balancer=own.load_balancer,
                connection_pool=own.connection_pool,
                outlier_detection=own.outlier_detection,
                tls=own.tls,
                retry_budget=None,
                port_level_settings=[],
            )
    return policy


def merged(policy: TrafficPolicy, subset: Subset, port: int) -> TrafficPolicy:
    """
    Let what a subset says take the place of what the rule says, field by field.

    What it says of a port takes the place even of what it leaves out
    (model/destination_rule.go: MergeTrafficPolicy).
    """
    if not subset.traffic_policy:
        return policy
    own = policy_of(subset.traffic_policy, port)
    replaced = own is not subset.traffic_policy
    said = {
        name: value
        for name in type(own).model_fields
        if (value := getattr(own, name)) not in (None, [])
        or (replaced and name in PortPolicy.model_fields)
    }
    return policy.model_copy(update=said)


def clusters(
    mesh: Mesh, caller: Workload, instance: Instance, called: Workload, port: Port
) -> Iterator[Config]:
    """Write the clusters of a service's port: of all replicas, and of each subset."""
    rule = rule_of(mesh, called.host, caller.namespace)
    here = replica(caller, instance)
    policy = policy_of(rule.traffic_policy, port.number)
    yield cluster(called, port, policy, here)
    for subset in rule.subsets:
        yield cluster(called, port, merged(policy, subset, port.number), here, subset)


def cluster(
    called: Workload,
    port: Port,
    policy: TrafficPolicy,
    caller: Replica,
    subset: Subset | None = None,
) -> Config:
    """Write one cluster."""
    name = cluster_name(called.host, port.number, subset.name if subset else "")
    pool = policy.connection_pool or ConnectionPool()
    port = upgraded(port, pool)
    wanted = subset.labels.items() if subset else {}.items()
    replicas = [
        replica(called, each, each.inbound[port.number])
        for each in called.instances
        if wanted <= called.labels_of(each).items()
    ]
    assignment = groups(
        replicas, caller, locality_of(policy), fails_over=ejects(policy)
    )
    return {
        "name": name,
        "type": "STATIC",
        "lb_policy": policy.load_balancer.simple if policy.load_balancer else DEFAULT,
        **pools.connections(pool),
        "circuit_breakers": pools.bounds(policy),
        **ejection(policy),
        "common_lb_config": balance(policy),
        "load_assignment": {"cluster_name": name, "endpoints": assignment},
        "typed_extension_protocol_options": protocol(port, pool),
        **secured(called, port, policy, subset.name if subset else ""),
    }


def locality_of(policy: TrafficPolicy) -> LocalitySetting:
    """Return what is said of localities (MeshConfig: enabled by default)."""
    said = policy.load_balancer and policy.load_balancer.locality_lb_setting
    return said or LocalitySetting()


def ejects(policy: TrafficPolicy) -> bool:
    """Tell whether replicas are left out at all."""
    return policy.outlier_detection is not None


def ejection(policy: TrafficPolicy) -> Config:
    """Write when replicas are left out."""
    asked = policy.outlier_detection
    return {"outlier_detection": pools.ejection(asked)} if asked else {}


def balance(policy: TrafficPolicy) -> Config:
    """
    Write how calls are spread when replicas are left out, and over localities.

    With outlier detection, replicas that were left out are asked only when fewer than
    `minHealthPercent` are well; Envoy's own default is half of them.
    """
    found: Config = {}
    if asked := policy.outlier_detection:
        found["healthy_panic_threshold"] = {"value": asked.min_health_percent}
    setting = locality_of(policy)
    ranks = ejects(policy) and (setting.failover or setting.failover_priority)
    if setting.enabled and (ranks or setting.distribute):
        found["locality_weighted_lb_config"] = {}
    return found


def upgraded(port: Port, pool: ConnectionPool) -> Port:
    """
    Say what a caller speaks to a port: HTTP/2, if its rule says so.

    cluster_traffic_policy.go: shouldH2Upgrade. It is for outbound clusters alone.
    """
    asked = pool.http.h2_upgrade_policy == "UPGRADE"
    return Port(port.number, "http2") if asked else port


def protocol(port: Port, pool: ConnectionPool) -> Config:
    """Say how a port is spoken to (cluster_builder.go: setUpstreamProtocol)."""
    spoken: Config = {"http_protocol_options": {}}
    if port.protocol in HTTP2:
        spoken = {"http2_protocol_options": pools.http2_limits(pool)}
    options: Config = {"explicit_http_config": spoken}
    if common := pools.common_options(pool):
        options["common_http_protocol_options"] = common
    return http_options(**options)


def secured(called: Workload, port: Port, policy: TrafficPolicy, subset: str) -> Config:
    """
    Say how the other end is recognised: by default, as one of the mesh.

    cluster_tls.go: buildUpstreamTLSSettings. The names are those of the service's own
    accounts, if none are given.
    """
    asked = policy.tls
    if asked and asked.mode == "DISABLE":
        return {}
    if asked and asked.mode == "SIMPLE":
        raise Refused(f"{called.host}: tls SIMPLE is for hosts outside the mesh")
    names: Sequence[str] = (asked and asked.subject_alt_names) or [called.spiffe_id]
    sni = (asked and asked.sni) or server_name(called.host, port.number, subset)
    http2 = port.protocol in HTTP2
    return {"transport_socket": tls.outbound(names, sni, http2=http2)}
