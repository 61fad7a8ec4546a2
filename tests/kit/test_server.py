"""What a deployment relies on: health, draining, errors, metrics, logs."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, cast

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from prometheus_client import REGISTRY

from parley.llm.v1 import generation_pb2 as answer_pb
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.kit.caller import Unauthenticated
from services.kit.server import serving
from services.kit.telemetry import configure_logs
from tests.calls import everything, refusal
from tests.serving import channel_to

SERVICE = "parley.llm.v1.GenerationService"
QUESTION = pb.GenerateRequest(
    turns=[answer_pb.Turn(role=answer_pb.ROLE_USER, text="Hi")]
)


class Scripted(pb_grpc.GenerationServiceServicer):
    """A service under test: it waits for the test, or fails."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.closed = asyncio.Event()

    async def Generate(
        self, request: pb.GenerateRequest, context: Any
    ) -> AsyncIterator[answer_pb.GenerateResponse]:
        try:
            yield answer_pb.GenerateResponse(
                delta=answer_pb.GenerateResponse.Delta(text="one")
            )
            await self.go_on.wait()
            yield answer_pb.GenerateResponse(
                completed=answer_pb.GenerateResponse.Completed()
            )
        finally:
            self.closed.set()

    async def CountTokens(
        self, request: pb.CountTokensRequest, context: Any
    ) -> pb.CountTokensResponse:
        return pb.CountTokensResponse()

    async def ListModels(
        self, request: pb.ListModelsRequest, context: Any
    ) -> pb.ListModelsResponse:
        raise RuntimeError("password=hunter2")


async def anybody(method: str, context: Any) -> None:
    """Let everybody in."""


async def nobody(method: str, context: Any) -> None:
    """Let nobody in."""
    raise Unauthenticated


def serve(servicer: Scripted) -> AbstractAsyncContextManager[int]:
    return serving(
        partial(pb_grpc.add_GenerationServiceServicer_to_server, servicer),
        services=(SERVICE,),
        address="127.0.0.1:0",
        authenticate=anybody,
        drain_seconds=10,
    )


async def test_a_running_stream_outlives_the_stop_and_health_says_stop_calling():
    servicer = Scripted()
    stop = asyncio.Event()
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        async with serve(servicer) as port:
            started.set_result(port)
            await stop.wait()

    server = asyncio.create_task(run())
    async with channel_to(f"127.0.0.1:{await started}") as channel:
        stub: Any = pb_grpc.GenerationServiceStub(channel)
        health: Any = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(service=SERVICE))
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        stream = stub.Generate(QUESTION)
        first = await stream.read()
        stop.set()
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watch.cancel()
        servicer.go_on.set()
        last = await stream.read()
        await server

    assert first.delta.text == "one"
    assert last.HasField("completed")


async def test_a_cancelled_stream_ends_in_the_handler_at_once():
    servicer = Scripted()
    async with serve(servicer) as port, channel_to(f"127.0.0.1:{port}") as channel:
        stub: Any = pb_grpc.GenerationServiceStub(channel)
        stream = stub.Generate(QUESTION)
        await stream.read()

        stream.cancel()

        async with asyncio.timeout(30):
            await servicer.closed.wait()


@pytest.mark.asvs("16.3.4", "16.5.1")
async def test_a_bug_says_nothing_about_itself_but_where_to_look(
    caplog: pytest.LogCaptureFixture,
):
    async with serve(Scripted()) as port, channel_to(f"127.0.0.1:{port}") as channel:
        stub: Any = pb_grpc.GenerationServiceStub(channel)
        refused = await refusal(stub.ListModels(pb.ListModelsRequest()))

    assert refused.code is grpc.StatusCode.INTERNAL
    assert refused.reason == "INTERNAL"
    assert "hunter2" not in refused.message
    assert len(refused.metadata["trace_id"]) == 32
    assert "hunter2" in caplog.text  # the operator is told everything


@pytest.mark.parametrize("method", ["Generate", "ListModels"])
@pytest.mark.parametrize(
    "data", [b"\x12\x02\xed\xa0", b"\xff"], ids=["no UTF-8", "noise"]
)
async def test_what_is_no_request_is_refused_with_a_reason(method: str, data: bytes):
    async with (
        serve(Scripted()) as port,
        channel_to(f"127.0.0.1:{port}") as channel,
    ):
        streams = method == "Generate"
        make = channel.unary_stream if streams else channel.unary_unary
        call: Any = make(f"/{SERVICE}/{method}")

        answer = everything(call(data)) if streams else call(data)
        refused = await refusal(answer)

    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "request"


async def test_calls_are_counted_by_method_and_code():
    def count(code: str, method: str) -> float:
        labels = {"grpc_service": SERVICE, "grpc_method": method, "grpc_code": code}
        return REGISTRY.get_sample_value("grpc_server_handled_total", labels) or 0

    before = count("INTERNAL", "ListModels"), count("OK", "Generate")
    servicer = Scripted()
    servicer.go_on.set()
    async with serve(servicer) as port, channel_to(f"127.0.0.1:{port}") as channel:
        stub: Any = pb_grpc.GenerationServiceStub(channel)
        await refusal(stub.ListModels(pb.ListModelsRequest()))
        await everything(stub.Generate(QUESTION))

    after = count("INTERNAL", "ListModels"), count("OK", "Generate")
    assert after == (before[0] + 1, before[1] + 1)


async def test_whoever_reaches_it_may_ask_which_methods_it_has():
    """As `grpcurl` does, which has no token."""
    async with (
        serving(
            partial(pb_grpc.add_GenerationServiceServicer_to_server, Scripted()),
            services=(SERVICE,),
            address="127.0.0.1:0",
            authenticate=nobody,
        ) as port,
        channel_to(f"127.0.0.1:{port}") as channel,
    ):
        # Its stub is published for channels that block.
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(cast(Any, channel))
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        (answer,) = await everything(stub.ServerReflectionInfo(iter([asked])))

    assert SERVICE in [each.name for each in answer.list_services_response.service]


@pytest.mark.asvs("16.5.3")
async def test_a_service_whose_protos_do_not_say_who_may_call_it_does_not_start():
    with pytest.raises(ValueError, match=r"do not say who may call .*Health\.Check"):
        async with serving(
            services=("grpc.health.v1.Health",),
            address="127.0.0.1:0",
            authenticate=nobody,
        ):
            pass


async def test_a_port_that_is_taken_is_an_error():
    async with serve(Scripted()) as port:
        with pytest.raises(RuntimeError, match="Failed to bind"):
            async with serving(
                services=(), address=f"127.0.0.1:{port}", authenticate=anybody
            ):
                pass


@pytest.mark.asvs("16.2.4", "16.4.1")
def test_a_log_line_is_one_json_object(capsys: pytest.CaptureFixture[str]):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        configure_logs("chat")
        logging.getLogger("x").warning("two\nlines", extra={"rpc": "/a/B"})
    finally:
        root.handlers[:] = before
        root.setLevel(level)

    line = json.loads(capsys.readouterr().out)
    assert line["service"] == "chat"
    assert line["severity"] == "WARNING"
    assert line["message"] == "two\nlines"
    assert line["rpc"] == "/a/B"
