"""Gateway, as the listeners of its proxies (networking/core/gateway.go)."""

from collections.abc import Iterator, Sequence

from deploy.mesh.cluster import Instance, Port, Workload
from deploy.mesh.envoy import tls
from deploy.mesh.envoy.authorization import rbac_filters
from deploy.mesh.envoy.gateway_api import listener_name, services
from deploy.mesh.envoy.http import connection_manager
from deploy.mesh.envoy.logs import access_logs
from deploy.mesh.envoy.peers import TLS_INSPECTOR
from deploy.mesh.envoy.routes import Caller, Service, of_service, refuse_twins
from deploy.mesh.envoy.tokens import jwt_filters
from deploy.mesh.envoy.typed import Config, Source, address
from deploy.mesh.kinds.authorization import AuthorizationPolicy
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.gateways import Gateway, Listener
from deploy.mesh.kinds.tokens import RequestAuthentication
from deploy.mesh.kinds.topology import gateway_config
from deploy.mesh.resources import Mesh, Resource


def of_workload(mesh: Mesh, workload: Workload) -> Resource[Gateway]:
    """Find the Gateway that a workload is the proxy of."""
    for each in mesh.of(Gateway):
        if (each.namespace, each.name) == (workload.namespace, workload.gateway):
            account = each.metadata.annotations.account or workload.name
            if account != workload.account:
                raise Refused(
                    f"Gateway {each.namespace}/{each.name}: it runs as {account}, as "
                    "gateway.istio.io/service-account says or does not; others know it "
                    f"as {workload.account}"
                )
            return each
    raise Refused(f"there is no Gateway {workload.namespace}/{workload.gateway}")


def listeners(
    mesh: Mesh, workload: Workload, instance: Instance, source: Source
) -> list[Config]:
    """Write the listeners of a gateway, each on an address of its own."""
    gateway = of_workload(mesh, workload)
    found = []
    for each in gateway.spec.listeners:
        require_port(gateway, each, instance)
        manager = http(mesh, gateway, workload, instance, each, source)
        chain: Config = {"filters": [manager]}
        inspected = each.protocol == "HTTPS" and each.hostname not in (None, "*")
        if each.protocol == "HTTPS":
            chain["transport_socket"] = ended(mesh, each)
        if inspected:
            # Who asks for another name gets no connection (sniHosts).
            chain["filter_chain_match"] = {"server_names": [each.hostname]}
        own = listener(each.name, instance.inbound[each.port], chain)
        found.append(own | {"listener_filters": [TLS_INSPECTOR]} if inspected else own)
        if plain := instance.plain.get(each.port):
            found.append(listener(f"{each.name}-plain", plain, {"filters": [manager]}))
    return found


def require_port(
    gateway: Resource[Gateway], listener: Listener, instance: Instance
) -> None:
    """Refuse a port that the bench does not have, or has for another listener."""
    place = f"Gateway {gateway.namespace}/{gateway.name}: listener {listener.name}"
    if listener.port not in instance.inbound:
        ports = ", ".join(map(str, instance.inbound))
        raise Refused(f"{place}: port {listener.port} is none of {ports}")
    if [each.port for each in gateway.spec.listeners].count(listener.port) > 1:
        raise Refused(
            f"{place}: the bench does not implement several on port {listener.port}"
        )


def listener(name: str, target: str, chain: Config) -> Config:
    """Write one listener."""
    return {
        "name": name,
        "address": address(target),
        "traffic_direction": "OUTBOUND",  # as Istio says of gateways
        "enable_reuse_port": False,
        "filter_chains": [chain],
    }


def ended(mesh: Mesh, listener: Listener) -> Config:
    """Write how a listener ends TLS: as one of the mesh, or as whom its secret says."""
    asked = listener.tls
    if asked and asked.options.terminate_mode == "ISTIO_MUTUAL":
        return tls.inbound(mesh.values.mesh_config.mesh_mtls.min_protocol_version)
    if not asked or len(asked.certificate_refs) != 1:
        raise Refused(f"listener {listener.name}: HTTPS needs one certificate")
    return tls.public(asked.certificate_refs[0].name)


def http(
    mesh: Mesh,
    gateway: Resource[Gateway],
    workload: Workload,
    instance: Instance,
    listener: Listener,
    source: Source,
) -> Config:
    """
    Write how a gateway's listener reads requests (buildGatewayConnectionManager).

    It is what the caller's address is taken from, and knows nobody's certificate but
    what it saw itself.
    """
    annotation = gateway.spec.infrastructure.annotations.config
    topology = gateway_config(gateway.name, annotation).gateway_topology
    tokens = mesh.selecting(RequestAuthentication, workload, instance)
    policies = mesh.selecting(AuthorizationPolicy, workload, instance)
    return connection_manager(
        f"gateway_{listener.name}",
        mesh.values.mesh_config,
        [
            *jwt_filters(tokens, fetching=mesh.values.pilot.env.fetching),
            *rbac_filters(policies, listener.port),
        ],
        use_remote_address=True,
        xff_num_trusted_hops=topology.num_trusted_proxies,
        forward_client_cert_details="SANITIZE_SET",
        set_current_client_cert_details={"subject": True, "uri": True, "dns": True},
        rds={
            "route_config_name": config_name(listener),
            "config_source": source(config_name(listener)),
        },
        access_log=access_logs(mesh, workload, instance),
    )


def config_name(listener: Listener) -> str:
    """Name the routes of a listener."""
    return f"gateway|{listener.port}|{listener.name}"


def route_configs(
    mesh: Mesh, workload: Workload, instance: Instance
) -> Iterator[Config]:
    """Write the routes of each listener; what no route is for is answered with 404."""
    gateway = of_workload(mesh, workload)
    for each in gateway.spec.listeners:
        name = listener_name(f"{gateway.namespace}/{gateway.name}", each.name)
        caller = Caller(
            workload=workload,
            labels=workload.labels_of(instance),
            gateway=name,
            retries=mesh.values.mesh_config.default_http_retry_policy,
        )
        chosen = [one for one in services(mesh) if name in one.spec.gateways]
        hosts = [host(one, each, caller) for one in chosen]
        refuse_twins(hosts)
        yield {
            "name": config_name(each),
            "validate_clusters": False,
            "ignore_port_in_host_matching": True,
            "virtual_hosts": hosts,
        }


def host(service: Service, listener: Listener, caller: Caller) -> Config:
    """Write the routes of some host names."""
    both = (common(name, listener.hostname or "*") for name in service.spec.hosts)
    domains = [name for name in both if name]
    if not domains:
        raise Refused(
            f"route {service.name}: none of {service.spec.hosts} is a name of the "
            f"listener {listener.name} ({listener.hostname})"
        )
    port = Port(listener.port, "http2")
    return {
        "name": f"{service.namespace}/{service.name}",
        "domains": domains,
        "routes": [*of_service(service, port, caller)],
        "include_request_attempt_count": True,
    }


def common(name: str, hostname: str) -> str | None:
    """Return the narrower of two names, if one is within the other (Intersection)."""
    if within(name, hostname):
        return name
    return hostname if within(hostname, name) else None


def within(name: str, pattern: str) -> bool:
    """Tell whether a name, which may be a pattern too, is in a pattern."""
    wild = pattern.startswith("*") and name.endswith(pattern[1:])
    return name == pattern or wild


def certificates(gateways: Sequence[Resource[Gateway]]) -> dict[str, list[str]]:
    """List the secrets that gateways need, each with the names it has to be for."""
    found: dict[str, list[str]] = {}
    for gateway in gateways:
        for each in gateway.spec.listeners:
            for reference in each.tls.certificate_refs if each.tls else ():
                found.setdefault(reference.name, []).append(each.hostname or "*")
    return found
