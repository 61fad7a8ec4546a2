"""How a service reaches another one, of which several replicas may run."""

import grpc

from services.kit.telemetry import client_tracing

OPTIONS = (
    # Calls go to the replicas in turn; one that is away is passed over.
    ("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}'),
    # One that comes back is found within a second or so.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.min_reconnect_backoff_ms", 2_000),  # how long one try to connect may take
    # One that vanished without a word is noticed within 40 seconds.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
)


def channel_to(addresses: str) -> grpc.aio.Channel:
    """Open a channel to `host:port`, or to the replicas at `ip:port,ip:port,…`."""
    target = f"ipv4:{addresses}" if "," in addresses else addresses
    return grpc.aio.insecure_channel(
        target, options=OPTIONS, interceptors=client_tracing()
    )
