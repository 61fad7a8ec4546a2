"""Traces, metrics and logs: where they go, and what ties them together."""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
from opentelemetry import trace
from opentelemetry.instrumentation.grpc import (
    aio_client_interceptors,
    aio_server_interceptor,
    filters,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from prometheus_client import start_http_server
from pythonjsonlogger.json import JsonFormatter

OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@contextmanager
def telemetry(service: str, *, metrics_address: str | None = None) -> Iterator[None]:
    """
    Log as JSON, trace, and serve metrics while the block runs.

    Spans are exported when the environment names an OTLP endpoint, with all that
    OpenTelemetry's own variables say. Without one they are not recorded, but trace ids
    still pass through, so that the logs of one request share one.
    """
    configure_logs(service)
    provider = tracer_provider(service)
    trace.set_tracer_provider(provider)
    if metrics_address:
        host, _, port = metrics_address.rpartition(":")
        metrics, thread = start_http_server(int(port), host)
    try:
        yield
    finally:
        if metrics_address:
            metrics.shutdown()
            thread.join()
        provider.shutdown()


def tracer_provider(service: str) -> TracerProvider:
    """Record and export spans if there is somewhere to export them to."""
    resource = Resource.create({"service.name": f"parley-{service}"})
    if not os.environ.get(OTLP_ENDPOINT):
        return TracerProvider(resource=resource, sampler=ALWAYS_OFF)
    # Imported here because it costs every service 10 MB that few need.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def server_tracing() -> Sequence[grpc.aio.ServerInterceptor]:
    """
    Trace every call but health checks.

    A health `Watch` writes to its context instead of yielding, which the interceptor
    cannot bear (opentelemetry-python-contrib#3066).
    """
    called = filters.negate(filters.health_check())
    return [aio_server_interceptor(filter_=called)]  # type: ignore[no-untyped-call]  # published without types


def client_tracing() -> Sequence[grpc.aio.ClientInterceptor]:
    """Carry the trace on to the services that a call calls."""
    return list(aio_client_interceptors())  # type: ignore[no-untyped-call]  # the same


class TracedJson(JsonFormatter):
    """One JSON object a line, with the trace that it belongs to."""

    def add_fields(
        self,
        log_data: dict[str, Any],
        record: logging.LogRecord,
        message_dict: dict[str, Any],
    ) -> None:
        super().add_fields(log_data, record, message_dict)
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            log_data["trace_id"] = f"{span.trace_id:032x}"
            log_data["span_id"] = f"{span.span_id:016x}"


def configure_logs(service: str) -> None:
    """Write every log line of the process to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        TracedJson(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "severity", "name": "logger"},
            static_fields={"service": service},
            timestamp="time",
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
