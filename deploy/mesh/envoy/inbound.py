"""What a sidecar takes for its service (networking/core/listener_inbound.go)."""

from deploy.mesh.cluster import Instance, Port, Workload
from deploy.mesh.envoy import pools
from deploy.mesh.envoy.authorization import rbac_filters
from deploy.mesh.envoy.clusters import policy_of, protocol, rule_of
from deploy.mesh.envoy.http import connection_manager
from deploy.mesh.envoy.logs import access_logs
from deploy.mesh.envoy.peers import TLS_INSPECTOR, filter_chains, mode_of
from deploy.mesh.envoy.retries import inbound_retries
from deploy.mesh.envoy.tokens import jwt_filters
from deploy.mesh.envoy.typed import Config, address
from deploy.mesh.kinds.authorization import AuthorizationPolicy
from deploy.mesh.kinds.destinations import ConnectionPool
from deploy.mesh.kinds.peers import PeerAuthentication
from deploy.mesh.kinds.routes import Retries
from deploy.mesh.kinds.tokens import RequestAuthentication
from deploy.mesh.resources import Mesh

NEVER = "0s"


def listener(mesh: Mesh, workload: Workload, instance: Instance, port: Port) -> Config:
    """
    Write the listener of one port of a service.

    Istio has one for all ports, to which the kernel redirects. Here each has an address
    of its own, and where no port of the service is, nobody listens.
    """
    config = mesh.values.mesh_config
    tokens = mesh.selecting(RequestAuthentication, workload, instance)
    policies = mesh.selecting(AuthorizationPolicy, workload, instance)
    peers = mesh.selecting(PeerAuthentication, workload, instance)
    fetching = mesh.values.pilot.env.fetching
    manager = connection_manager(
        f"inbound_{port.number}",
        config,
        # Who has no good token, then who may not (buildHTTPConnectionManager).
        [
            *jwt_filters(tokens, fetching=fetching),
            *rbac_filters(policies, port.number),
        ],
        # The service is told who called (networking/util: GetProxyHeaders).
        forward_client_cert_details="APPEND_FORWARD",
        set_current_client_cert_details={"subject": True, "uri": True, "dns": True},
        route_config=route(port, config.default_inbound_http_retry_policy),
        access_log=access_logs(mesh, workload, instance),
    )
    oldest = config.mesh_mtls.min_protocol_version
    return {
        "name": f"inbound_{port.number}",
        "address": address(instance.inbound[port.number]),
        "traffic_direction": "INBOUND",
        # A port that is taken is an error, not a second listener.
        "enable_reuse_port": False,
        "listener_filters": [TLS_INSPECTOR],
        "filter_chains": filter_chains(mode_of(peers, port.number), oldest, [manager]),
    }


def inbound_name(port: Port) -> str:
    """Name the service itself (model/service.go: BuildInboundSubsetKey)."""
    return f"inbound|{port.number}||"


def route(port: Port, asked: Retries | None) -> Config:
    """
    Send everything to the service, without a limit in time.

    route.go: BuildDefaultHTTPInboundRoute. To a port of gRPC nothing is sent twice.
    """
    action = {
        "cluster": inbound_name(port),
        "timeout": NEVER,
        "max_stream_duration": {
            "max_stream_duration": NEVER,
            "grpc_timeout_header_max": NEVER,
        },
        **({} if port.protocol == "grpc" else inbound_retries(asked)),
    }
    routes = [{"name": "default", "match": {"prefix": "/"}, "route": action}]
    host = {"name": f"inbound|http|{port.number}", "domains": ["*"], "routes": routes}
    return {
        "name": inbound_name(port),
        "validate_clusters": False,
        "virtual_hosts": [host],
    }


def cluster(mesh: Mesh, workload: Workload, instance: Instance, port: Port) -> Config:
    """
    Write where the service itself listens.

    Of its DestinationRule, the bounds hold here as well (buildInboundCluster).
    """
    rule = rule_of(mesh, workload.host, workload.namespace)
    policy = policy_of(rule.traffic_policy, port.number)
    pool = policy.connection_pool or ConnectionPool()
    endpoint = {"endpoint": {"address": address(instance.app[port.number])}}
    return {
        "name": inbound_name(port),
        "type": "STATIC",
        **pools.connections(pool),
        "circuit_breakers": pools.bounds(policy),
        "load_assignment": {
            "cluster_name": inbound_name(port),
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
        "typed_extension_protocol_options": protocol(port, pool),
    }
