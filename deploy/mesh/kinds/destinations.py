"""DestinationRule: how calls are spread over replicas, and who is left out."""

from typing import Literal

from pydantic import Field

from deploy.mesh.kinds.base import Duration, Host, Part
from deploy.mesh.kinds.routes import PortSelector


class Failover(Part):
    """Where calls of a region go when it has nobody left."""

    origin: str = Field(alias="from")
    to: str


class Distribute(Part):
    """How calls of a locality are shared out."""

    origin: str = Field(alias="from")
    to: dict[str, int]


class LocalitySetting(Part):
    """Whom to prefer: by share, by region, or by labels."""

    enabled: bool = True
    distribute: list[Distribute] = []
    failover: list[Failover] = []
    failover_priority: list[str] = []


class LoadBalancer(Part):
    """Who of the replicas gets the next call."""

    simple: Literal["LEAST_REQUEST", "ROUND_ROBIN", "RANDOM"] = "LEAST_REQUEST"
    locality_lb_setting: LocalitySetting | None = None


class TcpKeepalive(Part):
    """How a machine that vanished is noticed."""

    time: Duration | None = None
    interval: Duration | None = None
    probes: int = 0


class TcpPool(Part):
    """Bounds of connections."""

    max_connections: int = 0
    connect_timeout: Duration | None = None
    tcp_keepalive: TcpKeepalive | None = None
    max_connection_duration: Duration | None = None
    idle_timeout: Duration | None = None


class HttpPool(Part):
    """Bounds of requests."""

    http1_max_pending_requests: int = 0
    http2_max_requests: int = 0
    max_requests_per_connection: int = 0
    max_retries: int = 0
    idle_timeout: Duration | None = None
    max_concurrent_streams: int = 0
    h2_upgrade_policy: Literal["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"] = Field(
        default="DEFAULT", alias="h2UpgradePolicy"
    )


class ConnectionPool(Part):
    """How much may go to a service at once."""

    tcp: TcpPool = TcpPool()
    http: HttpPool = HttpPool()


class RetryBudget(Part):
    """How much of what is live may be retries."""

    percent: float = 20.0
    budget_interval: Duration | None = None
    min_retry_concurrency: int = 0


class OutlierDetection(Part):
    """When a replica gets no calls for a while."""

    consecutive_5xx_errors: int | None = Field(
        default=None, alias="consecutive5xxErrors"
    )
    consecutive_gateway_errors: int | None = None
    split_external_local_origin_errors: bool = False
    consecutive_local_origin_failures: int | None = None
    interval: Duration | None = None
    base_ejection_time: Duration | None = None
    max_ejection_percent: int = 0
    min_health_percent: int = 0


class ClientTls(Part):
    """How the other end is recognised."""

    mode: Literal["DISABLE", "SIMPLE", "ISTIO_MUTUAL"]
    sni: str = ""
    subject_alt_names: list[str] = []
    ca_certificates: str = ""


class PortPolicy(Part):
    """What holds for one port instead; what it does not say is the default there."""

    port: PortSelector
    load_balancer: LoadBalancer | None = None
    connection_pool: ConnectionPool | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTls | None = None


class TrafficPolicy(Part):
    """How calls to a service are made."""

    load_balancer: LoadBalancer | None = None
    connection_pool: ConnectionPool | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTls | None = None
    retry_budget: RetryBudget | None = None
    port_level_settings: list[PortPolicy] = []


class Subset(Part):
    """Some replicas of a service, by their labels."""

    name: str
    labels: dict[str, str] = {}
    traffic_policy: TrafficPolicy | None = None


class DestinationRule(Part):
    """How calls to a host are made."""

    host: Host
    traffic_policy: TrafficPolicy = TrafficPolicy()
    subsets: list[Subset] = []
    export_to: list[Literal["*", "."]] = ["*"]
