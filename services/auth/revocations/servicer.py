"""The gRPC surface of revocations."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from parley.auth.v1 import revocation_service_pb2 as pb
from parley.auth.v1 import revocation_service_pb2_grpc as pb_grpc
from services.auth.revocations.feed import Feed
from services.auth.revocations.wire import to_revocation

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class RevocationServicer(pb_grpc.RevocationServiceServicer):
    """Serves `parley.auth.v1.RevocationService`."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def WatchRevocations(
        self, request: pb.WatchRevocationsRequest, context: Context
    ) -> AsyncIterator[pb.WatchRevocationsResponse]:
        async with aclosing(self._feed.watch()) as stream:
            async for told in stream:
                yield pb.WatchRevocationsResponse(
                    revocations=map(to_revocation, told.revoked),
                    complete=told.complete,
                )
