"""What it means that a user's data is erased."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

# What a part of the work found: there may be more to erase; something has to end first,
# or nothing is left in the tables.
Found = Literal["more", "waiting", "empty"]


@dataclass(frozen=True, slots=True)
class Due:
    """An erasure that is not done."""

    user_id: UUID
    closing_account: bool
    had_documents: bool
    late: bool
