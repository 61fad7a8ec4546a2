"""What it means that a user's data is erased."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

DEADLINE = timedelta(hours=1)
# Longer than any access token lives. Until then somebody whose account is deleted may
# still write, so the erasure goes on.
TOKENS_LIVE = timedelta(minutes=10)

# What a part of the work found: there may be more to erase; something has to end first,
# or nothing is left in the tables.
Progress = Literal["more", "waiting", "empty"]


@dataclass(frozen=True, slots=True)
class Due:
    """An erasure that is not done."""

    user_id: UUID
    closing_account: bool
    had_documents: bool
    late: bool
