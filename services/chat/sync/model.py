"""Where a device is in what happens to a user's conversations."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from services.chat.outbox.model import Recorded
from services.kit.errors import InvalidField, Kind, ServiceError

MAX_STREAMS = 20_000  # of one process
MAX_STREAMS_PER_USER = 20
MAX_EVENTS = 100  # in one response
KEEP_ALIVE_SECONDS = 15.0
LAYOUT = struct.Struct("!16sQ")  # whose, and the number of the last event seen


class CursorExpired(ServiceError):
    """The changes since the cursor are no longer kept. Load everything anew."""

    kind = Kind.PRECONDITION
    reason = "CURSOR_EXPIRED"


@dataclass(frozen=True, slots=True)
class Cursor:
    """How many of a user's events a device has seen."""

    user_id: UUID
    seq: int

    @classmethod
    def parse(cls, text: str, user_id: UUID) -> Self:
        """Read a cursor that this user was given, or refuse it."""
        try:
            owner, seq = LAYOUT.unpack(urlsafe_b64decode(text))
        except (ValueError, struct.error) as error:
            raise not_given() from error
        cursor = cls(user_id, seq)
        if owner != user_id.bytes or str(cursor) != text:
            raise not_given()
        return cursor

    def __str__(self) -> str:
        return urlsafe_b64encode(LAYOUT.pack(self.user_id.bytes, self.seq)).decode()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a device has not seen yet; nothing, if only to say that all is well."""

    seq: int
    events: Sequence[Recorded]


def not_given() -> InvalidField:
    """Refuse a cursor that nobody was given."""
    return InvalidField(field="cursor", expected="a cursor that this user was given")


def following(seq: int, events: Sequence[Recorded], *, head: int) -> Sequence[Recorded]:
    """Check that nothing is missing between what was seen and these events."""
    for number, event in enumerate(events, seq + 1):
        if event.seq != number:
            raise CursorExpired
    if not events and head > seq:
        raise CursorExpired
    return events
