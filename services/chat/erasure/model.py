"""What it means that a user's data is erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Asked:
    """An erasure that has begun."""

    deadline: datetime
    holders: Sequence[UUID]  # the replicas that write replies of the user


@dataclass(frozen=True, slots=True)
class Due:
    """An erasure that is not done."""

    user_id: UUID
    late: bool
