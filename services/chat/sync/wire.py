"""Changes as protobuf."""

from uuid import UUID

from parley.chat.v1 import sync_service_pb2 as pb
from services.chat.outbox.wire import to_event
from services.chat.sync.model import Changes, Cursor


def to_changes(user_id: UUID, changes: Changes) -> pb.WatchChangesResponse:
    """Put changes on the wire, and where the device is with them."""
    return pb.WatchChangesResponse(
        cursor=str(Cursor(user_id, changes.seq)),
        events=map(to_event, changes.events),
    )
