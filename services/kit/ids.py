"""The time at which an id was made (UUIDv7, RFC 9562)."""

from datetime import UTC, datetime
from uuid import UUID


def time_of(id: UUID) -> datetime:
    """Say when an id was made, to the millisecond."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


def boundary(until: datetime) -> UUID:
    """Return what is greater than every id that was made before a time."""
    return UUID(int=int(until.timestamp() * 1000) << 80)
