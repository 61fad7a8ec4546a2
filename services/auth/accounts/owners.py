"""Services that keep something of users, and how they are asked to erase it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import grpc

from parley.chat.v1 import erasure_service_pb2 as chat_pb
from parley.chat.v1 import erasure_service_pb2_grpc as chat_grpc
from parley.llm.v1 import erasure_service_pb2 as llm_pb
from parley.llm.v1 import erasure_service_pb2_grpc as llm_grpc
from services.kit.channels import channel_to
from services.kit.errors import Unavailable

# All of them together take less than what the edge waits for an answer.
TIMEOUT_SECONDS = 8.0
RETRY_SECONDS = 1.0

Erase = Callable[..., Any]  # an RPC, which is generic only in its stubs


class Owner:
    """Asks one service to erase what it keeps of a user."""

    def __init__(self, part: str, erase: Erase, request: Callable[..., Any]) -> None:
        self._part = part
        self._erase = erase
        self._request = request

    async def erase(self, user_id: UUID, *, token: str) -> None:
        """Have it all erased, or raise `Unavailable`."""
        request = self._request(name=f"users/{user_id}", closing_account=True)
        metadata = (("authorization", f"Bearer {token}"),)
        try:
            await self._erase(request, metadata=metadata, timeout=TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise Unavailable(part=self._part, retry_seconds=RETRY_SECONDS) from error


@asynccontextmanager
async def chat_at(addresses: str) -> AsyncIterator[Owner]:
    """Keep a channel open while the block runs; chat need not be up yet."""
    async with channel_to(addresses) as channel:
        erase = chat_grpc.ErasureServiceStub(channel).EraseUserData
        yield Owner("chat", erase, chat_pb.EraseUserDataRequest)


@asynccontextmanager
async def llm_at(addresses: str) -> AsyncIterator[Owner]:
    """Keep a channel open while the block runs; llm need not be up yet."""
    async with channel_to(addresses) as channel:
        erase = llm_grpc.ErasureServiceStub(channel).EraseUserData
        yield Owner("llm", erase, llm_pb.EraseUserDataRequest)
