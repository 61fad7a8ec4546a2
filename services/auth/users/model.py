"""What users are. No I/O, no protobuf, no SQL."""

from dataclasses import dataclass, field
from datetime import datetime
from unicodedata import category
from uuid import UUID

from services.auth.roles.model import DEFAULT_ROLE
from services.kit.errors import InvalidField, Kind, ServiceError

MAX_DISPLAY_NAME = 100


class EmailTaken(ServiceError):
    """The e-mail address has an account. Sign in instead."""

    kind = Kind.CONFLICT
    reason = "EMAIL_TAKEN"


class UserNotFound(ServiceError):
    """There is no such user."""

    kind = Kind.NOT_FOUND
    reason = "USER_NOT_FOUND"


class LastWayIn(ServiceError):
    """This is the only way into your account. Set a password or add another first."""

    kind = Kind.PRECONDITION
    reason = "LAST_WAY_IN"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who uses Parley."""

    id: UUID
    email: str = field(repr=False)
    email_key: str = field(repr=False)  # equal for addresses that count as the same
    display_name: str = field(repr=False)
    password_hash: str | None = field(repr=False)  # None: signs in otherwise
    create_time: datetime
    role: str = DEFAULT_ROLE
    email_verified_time: datetime | None = None
    disabled_time: datetime | None = None
    version: int = 1  # counts the states that access tokens are issued for

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"users/{self.id}"

    @property
    def names(self) -> tuple[str, str]:
        """Return what others may know, and a password must not be."""
        return self.email.rpartition("@")[0], self.display_name


def display_name(text: str, default: str) -> str:
    """Return what others see of a person, or refuse it."""
    name = text.strip()
    if len(name) > MAX_DISPLAY_NAME or any(category(c) == "Cc" for c in name):
        expected = f"at most {MAX_DISPLAY_NAME} characters, none a control character"
        raise InvalidField(field="user.display_name", expected=expected)
    return name or default


def new_display_name(text: str) -> str:
    """Return what others are to see of a person from now on, or refuse it."""
    if name := display_name(text, ""):
        return name
    raise InvalidField(field="user.display_name", expected="a name")
