"""What groups are. No I/O, no protobuf, no SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from services.kit.errors import Kind, ServiceError
from services.kit.lines import one_line

MAX_NAME = 100
MAX_GROUPS = 10_000  # of the installation
MAX_GROUPS_OF_USER = 50  # as many as an access token names


class GroupNotFound(ServiceError):
    """There is no such group."""

    kind = Kind.NOT_FOUND
    reason = "GROUP_NOT_FOUND"


class GroupTaken(ServiceError):
    """Another group is called so."""

    kind = Kind.CONFLICT
    reason = "GROUP_TAKEN"


class TooManyGroups(ServiceError):
    """There are as many groups as may be, or the user is in as many."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_GROUPS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Users who belong together."""

    id: UUID
    display_name: str
    role: str | None  # that its members have besides their own
    external_id: str | None = None  # what an identity provider calls it
    create_time: datetime
    update_time: datetime

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"groups/{self.id}"

    @property
    def display_key(self) -> str:
        """Return what is equal for names that count as the same."""
        return key_of(self.display_name)


@dataclass(frozen=True, slots=True)
class Membership:
    """What became of a change of who is in a group."""

    joined: Sequence[UUID]
    left: Sequence[UUID]


def key_of(display_name: str) -> str:
    """Return what is equal for names that count as the same."""
    return normalize("NFKC", display_name).casefold()


def group_name(text: str) -> str:
    """Return what a group is called, or refuse it."""
    return one_line("group.display_name", text.strip(), minimum=1, maximum=MAX_NAME)
