"""How tests look at calls."""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_status import rpc_status

from services.kit.status import DOMAIN, info_of

T = TypeVar("T")


@dataclass(frozen=True)
class Refusal:
    """What a refused call says."""

    code: grpc.StatusCode
    message: str
    info: ErrorInfo
    retry_seconds: int | None

    @property
    def reason(self) -> str:
        """The reason, without its domain."""
        return str(self.info.reason)

    @property
    def metadata(self) -> dict[str, str]:
        """What the message is about."""
        return dict(self.info.metadata)


async def refusal(call: Any) -> Refusal:
    """Make a call that has to be refused, and return how."""
    ended = everything(call) if hasattr(call, "__aiter__") else call
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ended
    return refusal_in(caught.value)


def refusal_in(error: grpc.aio.AioRpcError) -> Refusal:
    """Read how a call was refused."""
    found = info_of(error)
    assert found is not None, error
    assert found.domain == DOMAIN
    return Refusal(
        code=error.code(),
        message=error.details() or "",
        info=found,
        retry_seconds=retry_seconds(error),
    )


def retry_seconds(error: grpc.aio.AioRpcError) -> int | None:
    """Read when a refused call may be tried again, if it says so."""
    status = rpc_status.from_call(cast(grpc.Call, error))
    found = RetryInfo()
    for detail in status.details if status else ():
        if detail.Unpack(found):
            return int(found.retry_delay.seconds)
    return None


async def everything(stream: AsyncIterable[T]) -> list[T]:
    """Read a stream to its end."""
    return [item async for item in stream]
