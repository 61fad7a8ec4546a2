"""What second factors are. No I/O, no protobuf, no SQL."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.kit.errors import Kind, ServiceError
from services.kit.lines import one_line

MAX_PASSKEYS = 20  # of one user
MAX_DISPLAY_NAME = 100
ENROLMENT = timedelta(minutes=10)  # how long an app may take to be set up
CEREMONY = timedelta(minutes=5)  # how long a challenge to a passkey is worth an answer

FactorKind = Literal["totp", "passkey"]
ProofKind = Literal["totp", "passkey", "recovery_code"]
# What an answer to a challenge is for. To register; beside a password; alone, which
# whoever begins to sign in may ask for; or to show once more that one is there.
Purpose = Literal["register", "second", "alone", "again"]


class FactorNotFound(ServiceError):
    """There is no such factor."""

    kind = Kind.NOT_FOUND
    reason = "FACTOR_NOT_FOUND"


class FactorExists(ServiceError):
    """There is an authenticator app already. Remove it first."""

    kind = Kind.CONFLICT
    reason = "FACTOR_EXISTS"


class PasskeyTaken(ServiceError):
    """The passkey is registered already."""

    kind = Kind.CONFLICT
    reason = "PASSKEY_TAKEN"


class TooManyPasskeys(ServiceError):
    """There are too many passkeys. Remove one first."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_PASSKEYS"


class InvalidCode(ServiceError):
    """The code is wrong, or it is too late for it. Try the next one."""

    kind = Kind.INVALID
    reason = "INVALID_CODE"


class EnrolmentOver(ServiceError):
    """There is nothing to complete any more. Begin again."""

    kind = Kind.PRECONDITION
    reason = "ENROLMENT_OVER"


class InvalidPasskey(ServiceError):
    """The answer of the passkey is not valid, or it came too late. Begin again."""

    kind = Kind.INVALID
    reason = "INVALID_PASSKEY"


class FactorRequired(ServiceError):
    """A second factor is required here. Add another one first."""

    kind = Kind.PRECONDITION
    reason = "FACTOR_REQUIRED"


class NoFactor(ServiceError):
    """There is no second factor. Add one first."""

    kind = Kind.PRECONDITION
    reason = "NO_FACTOR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """An authenticator app or a passkey, as its owner sees it."""

    id: UUID
    user_id: UUID
    kind: FactorKind
    display_name: str = field(repr=False)
    create_time: datetime
    last_use_time: datetime | None
    backup_eligible: bool  # may be on several devices
    backed_up: bool  # is

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"users/{self.user_id}/factors/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What an authenticator app and we know, sealed, and how far it was used."""

    id: UUID
    sealed: bytes = field(repr=False)
    last_step: int  # the time step of the last code that was taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a passkey proved when it was registered: to whom it belongs, by what key."""

    id: UUID
    user_id: UUID
    credential_id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    transports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """A challenge that was given out: what for, and to whom, if that was known."""

    purpose: Purpose
    user_id: UUID | None
    expire_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunTotp:
    """What an app needs to know; shown this once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    picture: str = field(repr=False)
    expire_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunPasskey:
    """What a browser is to do, as JSON."""

    options: str = field(repr=False)
    expire_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A new factor, and the recovery codes if it is the first; shown this once."""

    factor: Factor
    recovery_codes: tuple[str, ...] = field(default=(), repr=False)


def display_name(text: str, default: str) -> str:
    """Return what a person calls a factor, or refuse it."""
    name = text.strip()
    return one_line("display_name", name, maximum=MAX_DISPLAY_NAME) or default
