"""What it means that a user's data is erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

DEADLINE = timedelta(hours=1)
# Longer than any access token lives. Until then somebody whose account is deleted may
# still write, so the erasure goes on.
TOKENS_LIVE = timedelta(minutes=10)

# What a part of the work found: there may be more to erase; something has to end first,
# a reply, a transaction or the time in which somebody may write; or nothing is left.
Progress = Literal["more", "waiting", "done"]


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
