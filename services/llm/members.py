"""For whom something is done, and what they are part of."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Member:
    """A user, and the groups that they are in: what is shared with these, they read."""

    user_id: UUID
    groups: frozenset[UUID] = frozenset()
