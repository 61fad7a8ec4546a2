"""What the log of a service says, and in what form."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider

from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.kit.caller import CALLER, Caller, Forbidden
from services.kit.channels import channel_to
from services.kit.server import serving
from services.kit.telemetry import configure_logs
from tests.calls import refusal
from tests.kit.test_server import Scripted

METHOD = "/parley.llm.v1.GenerationService/ListModels"
USER = uuid4()


@contextmanager
def logging_as_chat() -> Iterator[logging.Logger]:
    """Log as a service does, while the block runs; yield the root of all loggers."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        configure_logs("chat")
        yield root
    finally:
        root.handlers[:] = before
        root.setLevel(level)


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Read the only line that was logged."""
    (found,) = capsys.readouterr().out.splitlines()
    read: dict[str, Any] = json.loads(found)
    return read


@pytest.mark.asvs("16.2.1", "16.2.2", "16.2.4")
def test_a_line_says_when_where_and_in_which_trace(capsys: pytest.CaptureFixture[str]):
    tracer = TracerProvider().get_tracer("x")
    with logging_as_chat(), tracer.start_as_current_span("a") as span:
        logging.getLogger("services.x").info("happened", extra={"user": "users/1"})

    said = line(capsys)
    when = datetime.fromisoformat(said.pop("time"))
    assert when.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - when) < timedelta(minutes=1)
    assert said == {
        "service": "chat",
        "severity": "INFO",
        "logger": "services.x",
        "message": "happened",
        "user": "users/1",
        "trace_id": f"{span.get_span_context().trace_id:032x}",
        "span_id": f"{span.get_span_context().span_id:016x}",
    }


@pytest.mark.asvs("16.4.1")
@pytest.mark.parametrize(
    "evil", ['x\n{"severity": "INFO"}', "\r\n", '", "user": "root', "\x1b[2J", "\0"]
)
def test_nothing_that_is_logged_begins_a_line_or_a_field_of_its_own(
    capsys: pytest.CaptureFixture[str], evil: str
):
    with logging_as_chat():
        logging.getLogger("x").warning("%s", evil, extra={"reason": evil})

    found = capsys.readouterr().out
    assert found.count("\n") == 1
    assert not {"\r", "\x1b", "\0"} & set(found)
    read = json.loads(found)
    assert (read["message"], read["reason"]) == (evil, evil)
    assert "user" not in read


@pytest.mark.asvs("16.2.3")
def test_logs_go_to_standard_output_alone(capsys: pytest.CaptureFixture[str]):
    with logging_as_chat() as root:
        logging.getLogger("services.x").error("once")
        handlers = root.handlers[:]

    written = capsys.readouterr()
    assert written.out.count("once") == 1
    assert written.err == ""
    assert [type(each) for each in handlers] == [logging.StreamHandler]
    others = [
        name
        for name, logger in logging.Logger.manager.loggerDict.items()
        if name.startswith("services") and getattr(logger, "handlers", [])
    ]
    assert others == []


@pytest.mark.asvs("16.2.1", "16.3.2")
async def test_who_may_not_is_logged_with_what_they_tried(
    caplog: pytest.LogCaptureFixture,
):
    async def nobody(method: str, context: Any) -> None:
        CALLER.set(Caller(user_id=USER, token="a secret", expire_time=0))
        raise Forbidden

    async with (
        serving(
            partial(
                pb_grpc.add_GenerationServiceServicer_to_server,
                Scripted(),
            ),
            services=("parley.llm.v1.GenerationService",),
            address="127.0.0.1:0",
            authenticate=nobody,
        ) as port,
        channel_to(f"127.0.0.1:{port}") as channel,
    ):
        stub: Any = pb_grpc.GenerationServiceStub(channel)
        refused = await refusal(stub.ListModels(pb.ListModelsRequest()))

    assert refused.reason == "FORBIDDEN"
    (record,) = [each for each in caplog.records if each.message == "call refused"]
    said = vars(record)
    assert said["levelname"] == "WARNING"
    assert (said["rpc"], said["reason"]) == (METHOD, "FORBIDDEN")
    assert said["user"] == f"users/{USER}"
    assert "a secret" not in str(said)
