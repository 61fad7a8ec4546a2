"""Traces, metrics and logs: where they go, and what ties them together."""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
from opentelemetry import propagate, trace
from opentelemetry.context import attach
from opentelemetry.instrumentation.grpc import aio_client_interceptors
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from prometheus_client import start_http_server
from pythonjsonlogger.json import JsonFormatter

from services.kit.metrics import Outcome

Metadata = tuple[tuple[str, str], ...]

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


@contextmanager
def traced_call(
    tracer: trace.Tracer, method: str, context: Any, outcome: Outcome
) -> Iterator[None]:
    """
    Trace a call of `/package.Service/Method` that is served while the block runs.

    A stream is one span. What the caller sent is read and let go, as streams are many
    and stay; the task that serves a call ends with it, so nothing is detached.
    """
    # The stubs say that the metadata of a call may be missing.
    carrier = dict(context.invocation_metadata() or ())
    parent = propagate.extract(carrier)
    span = tracer.start_span(method, parent, kind=trace.SpanKind.SERVER)
    attach(trace.set_span_in_context(span, parent))
    del carrier, parent
    try:
        yield
    finally:
        if span.is_recording():
            _, service, name = method.split("/")
            span.set_attributes(
                {
                    "rpc.system": "grpc",
                    "rpc.service": service,
                    "rpc.method": name,
                    "rpc.grpc.status_code": outcome.code.value[0],
                }
            )
            if outcome.code is not grpc.StatusCode.OK:
                span.set_status(trace.StatusCode.ERROR, outcome.code.name)
        span.end()


def client_tracing() -> Sequence[grpc.aio.ClientInterceptor]:
    """Carry the trace on to the services that are called, but for streams."""
    interceptors = aio_client_interceptors()  # type: ignore[no-untyped-call]  # the same
    return [
        interceptor
        for interceptor in interceptors
        if isinstance(interceptor, grpc.aio.UnaryUnaryClientInterceptor)
    ]


@contextmanager
def traced_stream(method: str) -> Iterator[Metadata]:
    """
    Trace a stream of `package.Service/Method` that is read while the block runs.

    Yields the metadata that carries the trace on. An interceptor would cost every
    message a hop. The span is nobody's current one, so the block may yield.
    """
    service, _, name = method.partition("/")
    span = trace.get_tracer(__name__).start_span(
        f"/{method}",
        kind=trace.SpanKind.CLIENT,
        attributes={"rpc.system": "grpc", "rpc.service": service, "rpc.method": name},
    )
    carrier: dict[str, str] = {}
    propagate.inject(carrier, trace.set_span_in_context(span))
    try:
        yield tuple(carrier.items())
    except grpc.aio.AioRpcError as error:
        span.set_attribute("rpc.grpc.status_code", error.code().value[0])
        span.set_status(trace.StatusCode.ERROR, error.code().name)
        raise
    finally:
        span.end()


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
