"""What administrators look for. No I/O, no protobuf, no SQL."""

from dataclasses import dataclass
from uuid import UUID

from services.auth.users.model import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which users to list."""

    email_prefix: str | None = None  # of the key
    role: str | None = None
    disabled: bool | None = None
    after: UUID | None = None
    limit: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A user after a change, and whether it changed anything."""

    user: User
    changed: bool
