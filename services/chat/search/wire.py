"""What is looked for and found, as protobuf."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from google.protobuf.timestamp_pb2 import Timestamp

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import search_service_pb2 as pb
from services.chat.search.model import Found
from services.chat.search.snippets import Piece
from services.kit.fields import InvalidField
from services.kit.times import timestamp

ROLES = {"user": message_pb.ROLE_USER, "assistant": message_pb.ROLE_ASSISTANT}


def to_hit(found: Found, snippet: Sequence[Piece]) -> pb.SearchMessagesResponse.Hit:
    """Put what was found on the wire."""
    return pb.SearchMessagesResponse.Hit(
        message=str(found.name),
        conversation_title=found.title,
        role=ROLES[found.role],
        create_time=timestamp(found.create_time),
        model=found.model,
        snippet=[
            pb.SearchMessagesResponse.SnippetPart(
                text=piece.text, highlighted=piece.highlighted
            )
            for piece in snippet
        ],
    )


def time_of(request: pb.SearchMessagesRequest, field: str) -> datetime | None:
    """Read a moment that may be absent."""
    if not request.HasField(field):  # type: ignore[arg-type]  # one of two, by name
        return None
    stamp: Timestamp = getattr(request, field)
    try:
        return stamp.ToDatetime(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidField(field=field, expected="a time of the years 1 to 9999") from (
            error
        )


def search_of(request: pb.SearchMessagesRequest) -> str:
    """Tell one search from another, whatever the page, in a few characters."""
    rest = pb.SearchMessagesRequest()
    rest.CopyFrom(request)
    rest.ClearField("page_size")
    rest.ClearField("page_token")
    return sha256(rest.SerializeToString(deterministic=True)).hexdigest()[:16]


def only(expected: str) -> Callable[[str], str]:
    """Read nothing but this from a page token."""

    def read(part: str) -> str:
        if part != expected:
            raise ValueError(part)
        return part

    return read


def moment(part: str) -> datetime:
    """Read a moment from a page token."""
    read = datetime.fromisoformat(part)
    if read.tzinfo is not UTC and read.utcoffset() != UTC.utcoffset(None):
        raise ValueError(part)
    return read
