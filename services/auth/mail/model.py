"""What is written to people. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

Kind = Literal[
    "verify_email",
    "email_in_use",
    "reset_password",
    "email_changed",
    "new_device",
    "credential_changed",
    "invitation",
    "impersonated",
    # To nobody: so that what is asked about a stranger costs as much as about a user.
    "nobody",
]

GIVE_UP = timedelta(days=1)  # after that a mail is of no use any more
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
MAX_VALUE = 300  # characters of a value in a text


class Undeliverable(Exception):
    """The server for mail will never take this mail."""


class NotSent(Exception):
    """The server for mail did not take it this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail that is to be sent."""

    id: UUID
    kind: Kind
    to: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False)
    create_time: datetime
    tries: int = 0  # with the one that is going on


def pause(tries: int) -> timedelta:
    """Return how long to wait after so many tries, ever longer."""
    longer: int = 1 << min(tries - 1, 20)
    return min(FIRST_PAUSE * longer, LONGEST_PAUSE)
