"""How tests look at calls."""

from collections.abc import AsyncIterable
from typing import Any, TypeVar

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo

from services.kit.status import DOMAIN, info_of

T = TypeVar("T")


class Refusal:
    """What a refused call says; filled when the block of `refused` ends."""

    code: grpc.StatusCode
    message: str
    info: ErrorInfo

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
    found = info_of(caught.value)
    assert found is not None, caught.value
    assert found.domain == DOMAIN
    refused = Refusal()
    refused.code, refused.info = caught.value.code(), found
    refused.message = caught.value.details() or ""
    return refused


async def everything(stream: AsyncIterable[T]) -> list[T]:
    """Read a stream to its end."""
    return [item async for item in stream]
