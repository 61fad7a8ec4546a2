"""
DestinationRule's bounds, as those of a cluster.

networking/core/cluster_traffic_policy.go: applyConnectionPool, applyRetryBudget,
applyOutlierDetection.
"""

from deploy.mesh.envoy.typed import Config
from deploy.mesh.kinds.base import seconds
from deploy.mesh.kinds.destinations import (
    ConnectionPool,
    OutlierDetection,
    TcpKeepalive,
    TrafficPolicy,
)

# What nobody bounded is bounded by nothing; Envoy's own defaults are 1,024 and 3.
UNBOUNDED = 2**32 - 1
# MeshConfig.connectTimeout.
CONNECT_TIMEOUT = "10s"


def bounds(policy: TrafficPolicy) -> Config:
    """
    Write the circuit breaker; a request is a live stream, so it counts those.

    Without a connection pool, Istio leaves a retry budget out too.
    """
    pool = policy.connection_pool or ConnectionPool()
    budget = policy.retry_budget if policy.connection_pool else None
    threshold: Config = {
        "max_connections": pool.tcp.max_connections or UNBOUNDED,
        "max_pending_requests": pool.http.http1_max_pending_requests or UNBOUNDED,
        "max_requests": pool.http.http2_max_requests or UNBOUNDED,
        "max_retries": pool.http.max_retries or UNBOUNDED,
        "track_remaining": True,
    }
    if budget:
        threshold["retry_budget"] = {
            "budget_percent": {"value": budget.percent},
            "min_retry_concurrency": budget.min_retry_concurrency or 3,
        }
        if budget.budget_interval:
            interval = seconds(budget.budget_interval)
            threshold["retry_budget"]["budget_interval"] = interval
    return {"thresholds": [threshold]}


def connections(pool: ConnectionPool) -> Config:
    """Write how a cluster connects."""
    timeout = pool.tcp.connect_timeout
    found: Config = {
        "connect_timeout": seconds(timeout) if timeout else CONNECT_TIMEOUT
    }
    if pool.tcp.tcp_keepalive:
        kept = keepalive(pool.tcp.tcp_keepalive)
        found["upstream_connection_options"] = {"tcp_keepalive": kept}
    return found


def keepalive(asked: TcpKeepalive) -> Config:
    """Write how a peer that vanished is noticed."""
    found: Config = {}
    if asked.probes:
        found["keepalive_probes"] = asked.probes
    if asked.time:
        found["keepalive_time"] = int(asked.time.total_seconds())
    if asked.interval:
        found["keepalive_interval"] = int(asked.interval.total_seconds())
    return found


def common_options(pool: ConnectionPool) -> Config:
    """Write what holds for each connection, whatever the protocol."""
    found: Config = {}
    if idle := pool.http.idle_timeout or pool.tcp.idle_timeout:
        found["idle_timeout"] = seconds(idle)
    if pool.http.max_requests_per_connection:
        found["max_requests_per_connection"] = pool.http.max_requests_per_connection
    if pool.tcp.max_connection_duration:
        found["max_connection_duration"] = seconds(pool.tcp.max_connection_duration)
    return found


def http2_limits(pool: ConnectionPool) -> Config:
    """Write how many streams a connection carries."""
    most = pool.http.max_concurrent_streams
    return {"max_concurrent_streams": most} if most else {}


def ejection(asked: OutlierDetection) -> Config:
    """
    Write when a replica is left out.

    What is not asked for keeps Envoy's default, five 5xx in a row too; what its success
    rate is never counts.
    """
    found: Config = {"enforcing_success_rate": 0}
    if (errors := asked.consecutive_5xx_errors) is not None:
        found["consecutive_5xx"] = errors
        found["enforcing_consecutive_5xx"] = 100 if errors else 0
    if (errors := asked.consecutive_gateway_errors) is not None:
        found["consecutive_gateway_failure"] = errors
        found["enforcing_consecutive_gateway_failure"] = 100 if errors else 0
    if asked.split_external_local_origin_errors:
        found["split_external_local_origin_errors"] = True
        found["enforcing_local_origin_success_rate"] = 0
        if failures := asked.consecutive_local_origin_failures:
            found["consecutive_local_origin_failure"] = failures
            found["enforcing_consecutive_local_origin_failure"] = 100
    if asked.interval:
        found["interval"] = seconds(asked.interval)
    if asked.base_ejection_time:
        found["base_ejection_time"] = seconds(asked.base_ejection_time)
    if asked.max_ejection_percent:
        found["max_ejection_percent"] = asked.max_ejection_percent
    return found
