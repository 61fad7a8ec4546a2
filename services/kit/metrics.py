"""What Prometheus sees of every RPC; no label holds what a user wrote."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import grpc
from prometheus_client import Counter, Gauge, Histogram

LABELS = ("grpc_service", "grpc_method")
SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)

handled = Counter(
    "grpc_server_handled", "RPCs that ended, by status code.", (*LABELS, "grpc_code")
)
handling = Histogram(
    "grpc_server_handling_seconds",
    "How long RPCs took, streams to their end.",
    LABELS,
    buckets=SECONDS,
)
running = Gauge("grpc_server_running", "RPCs being served, live streams too.", LABELS)


@dataclass(slots=True)
class Outcome:
    """How a call ended."""

    code: grpc.StatusCode = grpc.StatusCode.OK


@contextmanager
def measured(method: str) -> Iterator[Outcome]:
    """Count a call of `/package.Service/Method`; the block says how it ended."""
    _, service, name = method.split("/")
    outcome = Outcome(grpc.StatusCode.CANCELLED)
    began = perf_counter()
    gauge = running.labels(service, name)
    gauge.inc()
    try:
        yield outcome
    finally:
        gauge.dec()
        handling.labels(service, name).observe(perf_counter() - began)
        handled.labels(service, name, outcome.code.name).inc()
