"""What a sidecar does with the calls of its service (networking/core/listener.go)."""

from deploy.mesh.cluster import Cluster, Instance, Port, Workload
from deploy.mesh.envoy.clusters import cluster_name
from deploy.mesh.envoy.http import connection_manager
from deploy.mesh.envoy.routes import Caller, routes
from deploy.mesh.envoy.typed import Config, address
from deploy.mesh.kinds.routes import VirtualService
from deploy.mesh.resources import Mesh


def listener(
    mesh: Mesh, instance: Instance, host: str, port: Port, source: Config
) -> Config:
    """
    Write where a service's calls to one host and port are taken.

    On a cluster the kernel redirects them, and the sidecar tells by the address and the
    authority whom they are for. Here the service calls a socket of its sidecar's, which
    is for that host alone.
    """
    name = cluster_name(host, port.number)
    manager = connection_manager(
        f"outbound_{port.number}_{host}",
        mesh.values.mesh_config,
        [],
        rds={"route_config_name": name, "config_source": source},
    )
    return {
        "name": name,
        "address": address(instance.outbound[host, port.number]),
        "traffic_direction": "OUTBOUND",
        "enable_reuse_port": False,
        "filter_chains": [{"filters": [manager]}],
    }


def route_config(
    mesh: Mesh, workload: Workload, instance: Instance, host: str, port: Port
) -> Config:
    """Write where a service's calls to one host and port go."""
    caller = Caller(
        workload=workload,
        labels=workload.labels_of(instance),
        retries=mesh.values.mesh_config.default_http_retry_policy,
    )
    found = routes(mesh.of(VirtualService), host, port, caller)
    return {
        "name": cluster_name(host, port.number),
        "validate_clusters": False,
        "virtual_hosts": [
            {
                "name": f"{host}:{port.number}",
                "domains": ["*"],
                "routes": found,
                "include_request_attempt_count": True,
            }
        ],
    }


def port_of(cluster: Cluster, host: str, number: int) -> Port:
    """Find a port of a service by its number."""
    called = cluster.at(host)
    for port in called.ports if called else ():
        if port.number == number:
            return port
    raise LookupError(f"nobody serves {host}:{number}")
