"""How every service starts, says it is healthy, and stops."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.kit.access import unstated
from services.kit.interceptors import Authenticate, CallInterceptor, Refused

DRAIN_SECONDS = 25.0  # Kubernetes kills after 30.

MAX_REQUEST_BYTES = 1024 * 1024

OPTIONS = (
    ("grpc.max_concurrent_streams", 20_000),
    # A peer that vanished without a word is noticed within 80 seconds.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
    # A port that is taken is an error, not a second listener.
    ("grpc.so_reuseport", 0),
)


@asynccontextmanager
async def serving(
    *register: Callable[[grpc.aio.Server], None],
    services: tuple[str, ...],
    address: str,
    authenticate: Authenticate,
    refused: Refused | None = None,
    finishing: bool = False,
    notice_seconds: float = 0,
    drain_seconds: float = DRAIN_SECONDS,
    max_request_bytes: int = MAX_REQUEST_BYTES,
) -> AsyncIterator[int]:
    """
    Serve while the block runs; yield the port.

    Health is NOT_SERVING until everything is registered. Leaving the block turns it
    NOT_SERVING again and goes on taking calls for `notice_seconds`, in which whoever
    sends them finds out; then gives running calls `drain_seconds` to end. With
    `finishing`, calls that are no streams go on when their caller goes away, for
    services that record what they have done. Probe with
    `Check`: an open `Watch` holds the drain up.
    """
    for service in services:
        if silent := unstated(service):
            raise ValueError(f"the protos do not say who may call {silent}")
    server = grpc.aio.server(
        interceptors=[CallInterceptor(authenticate, refused, finishing=finishing)],
        options=(*OPTIONS, ("grpc.max_receive_message_length", max_request_bytes)),
    )
    watcher = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(watcher, server)
    for service in ("", *services):
        await watcher.set(service, health_pb2.HealthCheckResponse.NOT_SERVING)
    for add in register:
        add(server)
    reflection.enable_server_reflection(
        [*services, health.SERVICE_NAME, reflection.SERVICE_NAME], server
    )
    port = server.add_insecure_port(address)
    await server.start()
    # What a service consists of stays: collecting garbage need not look at it.
    gc.collect()
    gc.freeze()
    for service in ("", *services):
        await watcher.set(service, health_pb2.HealthCheckResponse.SERVING)
    try:
        yield port
    finally:
        await watcher.enter_graceful_shutdown()
        await asyncio.sleep(notice_seconds)
        await server.stop(drain_seconds)


async def until_stopped() -> None:
    """Wait for SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
