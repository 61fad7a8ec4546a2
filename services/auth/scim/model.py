"""What an identity provider says of users and groups. No I/O, no protobuf, no SQL."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.auth.groups.model import Group
from services.auth.users.emails import EmailAddress
from services.auth.users.model import User
from services.kit.errors import Kind, ServiceError

MAX_NAME = 200
MAX_RESULTS = 200  # of a list


class UserNameTaken(ServiceError):
    """Another user has this user name or e-mail address."""

    kind = Kind.CONFLICT
    reason = "EMAIL_TAKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What an identity provider says of a user."""

    user_name: str = field(repr=False)
    email: EmailAddress
    display_name: str = field(repr=False)
    external_id: str | None = None
    given_name: str | None = field(default=None, repr=False)
    family_name: str | None = field(default=None, repr=False)
    active: bool | None = None  # None: as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioned:
    """A user, with what an identity provider says besides, if it says anything."""

    user: User
    user_name: str = field(repr=False)
    external_id: str | None = None
    given_name: str | None = field(default=None, repr=False)
    family_name: str | None = field(default=None, repr=False)
    update_time: datetime
    groups: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """A group with all who are in it."""

    group: Group
    members: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Slice:
    """Which of those that fit: `count` of them from the place `start`, from 1."""

    start: int
    count: int


def key_of(user_name: str) -> str:
    """Return what is equal for user names that count as the same."""
    return user_name.casefold()
