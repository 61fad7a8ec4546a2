"""The gRPC surface of keeping devices in step."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from time import time
from typing import Any

from parley.chat.v1 import sync_service_pb2 as pb
from parley.chat.v1 import sync_service_pb2_grpc as pb_grpc
from services.chat.sync.model import Cursor
from services.chat.sync.watching import Watching
from services.chat.sync.wire import to_changes
from services.kit.caller import require
from services.kit.names import parse_name

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class SyncServicer(pb_grpc.SyncServiceServicer):
    """Serves `parley.chat.v1.SyncService`."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching

    async def WatchChanges(
        self, request: pb.WatchChangesRequest, context: Context
    ) -> AsyncIterator[pb.WatchChangesResponse]:
        (user_id,) = parse_name(request.parent, "users")
        left = require(user_id).expire_time - time()
        cursor = Cursor.parse(request.cursor, user_id) if request.cursor else None
        seen = cursor.seq if cursor else None
        async with aclosing(
            self._watching.watch(user_id, seen, seconds=left)
        ) as stream:
            async for changes in stream:
                yield to_changes(user_id, changes)
