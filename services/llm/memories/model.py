"""What memories are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.kit.errors import Kind, ServiceError

MAX_MEMORIES = 200  # of a user
MAX_MEMORY = 500  # characters


class MemoryNotFound(ServiceError):
    """There is no such memory."""

    kind = Kind.NOT_FOUND
    reason = "MEMORY_NOT_FOUND"


class TooManyMemories(ServiceError):
    """There is no room for more memories. Delete some first."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_MEMORIES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A fact about a user."""

    id: UUID
    text: str
    create_time: datetime
    update_time: datetime
