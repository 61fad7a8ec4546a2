"""An OpenTelemetry collector that keeps the spans it is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as pb_grpc

from tests.canaries.looking import in_text

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Span:
    """One span: in which trace, of which service, of what."""

    trace_id: str
    service: str
    name: str


class Collector(pb_grpc.TraceServiceServicer):
    """Receives spans over OTLP."""

    def __init__(self) -> None:
        self.url = ""
        self._spans: list[Span] = []
        # Secrets that were in spans, attributes and events too.
        self.leaks: list[str] = []
        self._arrived = asyncio.Condition()

    async def Export(
        self, request: pb.ExportTraceServiceRequest, context: Any
    ) -> pb.ExportTraceServiceResponse:
        self.leaks += in_text("a trace", request.SerializeToString())
        async with self._arrived:
            for resource in request.resource_spans:
                service = next(
                    attribute.value.string_value
                    for attribute in resource.resource.attributes
                    if attribute.key == "service.name"
                )
                self._spans += [
                    Span(span.trace_id.hex(), service, span.name)
                    for scope in resource.scope_spans
                    for span in scope.spans
                ]
            self._arrived.notify_all()
        return pb.ExportTraceServiceResponse()

    async def services_of(self, trace_id: str, services: set[str]) -> set[str]:
        """Wait until these services sent spans of a trace; return those that did."""

        def found() -> set[str]:
            return {span.service for span in self._spans if span.trace_id == trace_id}

        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
                await self._arrived.wait_for(lambda: services <= found())
        except TimeoutError:
            pass
        return found()


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """Collect on a loopback port while the block runs."""
    collector, server = Collector(), grpc.aio.server()
    add: Any = pb_grpc.add_TraceServiceServicer_to_server  # published without types
    add(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    collector.url = f"http://127.0.0.1:{port}"
    try:
        yield collector
    finally:
        await server.stop(None)
