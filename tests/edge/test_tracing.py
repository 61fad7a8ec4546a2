"""One trace goes through the edge, and the edge takes part when it is told where to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import (
    trace_service_pb2,
    trace_service_pb2_grpc,
)

from edge.envoy.render import Edge
from tests.edge.envoy_process import running
from tests.edge.patience import until
from tests.edge.protocols import Client, clients_of
from tests.edge.rpcs import ASK_FOR_IT, GET, NAME
from tests.edge.servicers import Script

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
FLUSHED = 5  # spans that Envoy sends together


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps the spans that it is sent."""

    def __init__(self) -> None:
        self.spans: list[Any] = []

    async def Export(self, request: Any, context: object) -> Any:
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans
        return trace_service_pb2.ExportTraceServiceResponse()


async def test_without_a_collector_the_trace_passes_untouched(
    script: Script, client: Client, token: str
) -> None:
    await client.call(GET, ASK_FOR_IT, token=token, headers=PARENT)

    assert script.last.metadata["traceparent"] == PARENT["traceparent"]


async def test_with_a_collector_the_edge_is_a_span_of_the_trace(
    edge: Edge, script: Script, token: str, tmp_path: Path
) -> None:
    async with (
        collecting() as (address, collector),
        running(replace(edge, otlp=address), tmp_path) as envoy,
        clients_of(envoy) as (*_, client),
    ):
        await envoy.until_keys()
        for _ in range(FLUSHED):
            await client.call(GET, ASK_FOR_IT, token=token, headers=PARENT)
        came = script.last.metadata["traceparent"]
        await until(lambda: len(collector.spans) == FLUSHED)
        line = await envoy.logged(lambda line: line.get("path") == f"/v1/{NAME}")

    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    assert {span.parent_span_id.hex() for span in collector.spans} == {SPAN}
    assert came in {f"00-{TRACE}-{span.span_id.hex()}-01" for span in collector.spans}
    assert line["trace_id"] == TRACE


@pytest.mark.asvs("14.2.1")
async def test_no_span_holds_a_query(edge: Edge, token: str, tmp_path: Path) -> None:
    async with (
        collecting() as (address, collector),
        running(replace(edge, otlp=address), tmp_path) as envoy,
        clients_of(envoy) as (*_, client),
    ):
        await envoy.until_keys()
        secret = replace(GET, rest="/v1/{name}?access_token=secret")
        for _ in range(FLUSHED):
            await client.call(secret, ASK_FOR_IT, token=token)
        await until(lambda: len(collector.spans) == FLUSHED)

    assert f"/v1/{NAME}" in str(collector.spans)
    assert "secret" not in str(collector.spans)


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[str, Collector]]:
    """Run a collector; yield its address."""
    collector = Collector()
    server = grpc.aio.server()
    add: Any = trace_service_pb2_grpc.add_TraceServiceServicer_to_server
    add(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}", collector
    finally:
        await server.stop(None)
