"""What a program learns when a call fails."""

from datetime import timedelta

import grpc
import pytest
from google.rpc import status_pb2

from parley_client import ParleyError, typed_errors
from parley_client.errors import parley_error
from services.auth.attempts.model import TooManyAttempts
from services.kit.fields import InvalidField
from services.kit.status import DETAILS, info, status_of


def failure(status: status_pb2.Status | bytes) -> grpc.aio.AioRpcError:
    """Return what gRPC raises when a call ends like this."""
    details = status if isinstance(status, bytes) else status.SerializeToString()
    code, message = grpc.StatusCode.INVALID_ARGUMENT, "It failed."
    return grpc.aio.AioRpcError(
        code, None, grpc.aio.Metadata((DETAILS, details)), message
    )


def test_an_error_says_all_that_parley_said() -> None:
    error = parley_error(failure(status_of(InvalidField(field="text", expected="1"))))

    assert error.reason == "INVALID_FIELD"
    assert error.message == str(error) == "It failed."
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    assert error.metadata == {"field": "text", "expected": "1"}
    assert error.retry_delay is None


def test_an_error_says_how_long_to_wait() -> None:
    error = parley_error(failure(status_of(TooManyAttempts(retry_seconds=90))))

    assert error.retry_delay == timedelta(seconds=90)


def test_an_error_of_somebody_else_has_no_reason_of_ours() -> None:
    foreign = status_pb2.Status()
    detail = info("RATE_LIMITED", {"a": "b"})
    detail.domain = "example.com"
    foreign.details.add().Pack(detail)

    error = parley_error(failure(foreign))

    assert (error.reason, error.metadata) == ("", {})


def test_details_that_cannot_be_read_hide_nothing_else() -> None:
    error = parley_error(failure(b"\xff\xff"))

    assert (error.reason, error.message) == ("", "It failed.")


def test_errors_of_grpc_become_ours() -> None:
    with pytest.raises(ParleyError, match="It failed"), typed_errors():
        raise failure(b"")
