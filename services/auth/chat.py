"""What chat keeps of users."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import grpc

from parley.chat.v1 import erasure_service_pb2 as pb
from parley.chat.v1 import erasure_service_pb2_grpc as pb_grpc
from services.kit.channels import channel_to
from services.kit.errors import Unavailable

TIMEOUT_SECONDS = 15.0  # less than what the edge waits for an answer
RETRY_SECONDS = 1.0


class ChatData:
    """Asks chat to erase what it keeps of a user."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: pb_grpc.ErasureServiceAsyncStub
        self._stub = pb_grpc.ErasureServiceStub(channel)

    @classmethod
    @asynccontextmanager
    async def connect(cls, addresses: str) -> AsyncIterator["ChatData"]:
        """Keep a channel open while the block runs; chat need not be up yet."""
        async with channel_to(addresses) as channel:
            yield cls(channel)

    async def erase(self, user_id: UUID, *, token: str) -> None:
        """Have it all erased, or raise `Unavailable`."""
        request = pb.EraseUserDataRequest(name=f"users/{user_id}", closing_account=True)
        metadata = (("authorization", f"Bearer {token}"),)
        try:
            await self._stub.EraseUserData(
                request, metadata=metadata, timeout=TIMEOUT_SECONDS
            )
        except grpc.aio.AioRpcError as error:
            raise Unavailable(part="chat", retry_seconds=RETRY_SECONDS) from error
