"""Errors as `google.rpc.Status` (AIP-193): there and back."""

import math
from typing import cast

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from services.kit.errors import Kind, ServiceError

DOMAIN = "parley.dev"
DETAILS = "grpc-status-details-bin"
CODES = {
    Kind.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Kind.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Kind.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    Kind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Kind.CONFLICT: grpc.StatusCode.ALREADY_EXISTS,
    Kind.PRECONDITION: grpc.StatusCode.FAILED_PRECONDITION,
    Kind.EXHAUSTED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Kind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Kind.OUT_OF_RANGE: grpc.StatusCode.OUT_OF_RANGE,
    Kind.ABORTED: grpc.StatusCode.ABORTED,
}


def status_of(error: ServiceError) -> status_pb2.Status:
    """Put an error on the wire: its code, its message, one `ErrorInfo`."""
    status = status_pb2.Status(code=CODES[error.kind].value[0], message=str(error))
    status.details.add().Pack(info(error.reason, error.metadata))
    if error.retry_seconds is not None:
        delay = Duration(seconds=math.ceil(error.retry_seconds))
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    return status


def internal(trace_id: str) -> status_pb2.Status:
    """Say that there is a bug, and nothing about it but where to find it."""
    code = grpc.StatusCode.INTERNAL.value[0]
    status = status_pb2.Status(code=code, message="Internal error.")
    status.details.add().Pack(info("INTERNAL", {"trace_id": trace_id}))
    return status


def info(reason: str, metadata: dict[str, str]) -> error_details_pb2.ErrorInfo:
    """Name a reason of Parley's domain."""
    return error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata)


def info_of(error: grpc.aio.AioRpcError) -> error_details_pb2.ErrorInfo | None:
    """Read the `ErrorInfo` that a call failed with, if it came with one."""
    status = rpc_status.from_call(cast(grpc.Call, error))
    found = error_details_pb2.ErrorInfo()
    for detail in status.details if status else ():
        if detail.Unpack(found):
            return found
    return None


def retry_of(error: grpc.aio.AioRpcError) -> float | None:
    """Read after how many seconds a call that failed may be made again."""
    status = rpc_status.from_call(cast(grpc.Call, error))
    found = error_details_pb2.RetryInfo()
    for detail in status.details if status else ():
        if detail.Unpack(found):
            return float(found.retry_delay.seconds)
    return None
