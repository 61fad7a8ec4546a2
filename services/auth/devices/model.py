"""What asks to be signed in. No I/O, no protobuf, no SQL."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import choice, token_urlsafe
from typing import Literal, Self
from unicodedata import category
from uuid import UUID, uuid4

from services.kit.errors import InvalidField, Kind, ServiceError

LIFETIME = timedelta(minutes=10)
POLL_SECONDS = 5  # between polls; so much is added whenever somebody is too fast
# Polls come this much early: networks deliver some faster than the one before.
EARLY = timedelta(seconds=0.5)
# No vowels, so that no words come about, and no digits (RFC 8628 6.1): 20 ** 8 codes.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
USER_CODE_LENGTH = 8
DEVICE_CODE_BYTES = 32
MAX_DISPLAY_NAME = 100
UNNAMED = "A terminal"

State = Literal["pending", "approved", "denied", "used"]


class AuthorizationPending(ServiceError):
    """Nobody has approved this terminal yet."""

    kind = Kind.PRECONDITION
    reason = "AUTHORIZATION_PENDING"


class SlowDown(ServiceError):
    """The terminal asks too often."""

    kind = Kind.EXHAUSTED
    reason = "SLOW_DOWN"


class AccessDenied(ServiceError):
    """The terminal was refused."""

    kind = Kind.FORBIDDEN
    reason = "ACCESS_DENIED"


class DeviceCodeExpired(ServiceError):
    """The codes have ended. Begin again in the terminal."""

    kind = Kind.PRECONDITION
    reason = "DEVICE_CODE_EXPIRED"


class DeviceNotFound(ServiceError):
    """No terminal shows this code. Look at it once more."""

    kind = Kind.NOT_FOUND
    reason = "DEVICE_NOT_FOUND"


class DeviceDecided(ServiceError):
    """This was decided before. Begin again in the terminal."""

    kind = Kind.PRECONDITION
    reason = "DEVICE_DECIDED"


@dataclass(frozen=True, slots=True)
class Codes:
    """What the terminal polls with, and what the person types."""

    device: str = field(repr=False)
    user: str = field(repr=False)

    @classmethod
    def make(cls) -> Self:
        """Make new ones."""
        letters = "".join(choice(LETTERS) for _ in range(USER_CODE_LENGTH))
        return cls(token_urlsafe(DEVICE_CODE_BYTES), letters)

    @property
    def shown(self) -> str:
        """Return the user code as people read it."""
        half = USER_CODE_LENGTH // 2
        return f"{self.user[:half]}-{self.user[half:]}"


@dataclass(frozen=True, slots=True)
class Decider:
    """Who approves a terminal or refuses it, in a browser."""

    user_id: UUID
    session_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A terminal that asks, with hashes of its codes."""

    id: UUID
    device_code_hash: bytes = field(repr=False)
    user_code_hash: bytes = field(repr=False)
    display_name: str
    address: str  # empty if it is not known
    state: State
    user_id: UUID | None  # who decided
    methods: Sequence[str] = ()  # by which who decided had signed in
    poll_seconds: int
    poll_time: datetime  # of the last poll, or of the beginning
    create_time: datetime
    expire_time: datetime

    @classmethod
    def begin(
        cls, codes: Codes, display_name: str, address: str | None, now: datetime
    ) -> Self:
        """Make one that asks from now on."""
        return cls(
            id=uuid4(),
            device_code_hash=hash_of(codes.device),
            user_code_hash=hash_of(codes.user),
            display_name=display_name,
            address=address or "",
            state="pending",
            user_id=None,
            poll_seconds=POLL_SECONDS,
            poll_time=now,
            create_time=now,
            expire_time=now + LIFETIME,
        )

    def ended(self, now: datetime) -> bool:
        """Tell whether its codes are worth nothing any more."""
        return self.state == "used" or self.expire_time <= now

    def early(self, now: datetime) -> bool:
        """Tell whether it polls sooner than it may."""
        return now < self.poll_time + timedelta(seconds=self.poll_seconds) - EARLY

    def polled(self, now: datetime) -> Self:
        """Return what it is after a poll: who is too fast waits longer from now on."""
        more = POLL_SECONDS if self.early(now) else 0
        return replace(self, poll_time=now, poll_seconds=self.poll_seconds + more)


def hash_of(code: str) -> bytes:
    """Return what of a code is kept."""
    return sha256(code.encode()).digest()


def user_code(text: str) -> str | None:
    """Read a code as a person types it: in any case, with hyphens and spaces."""
    letters = "".join(text[:100].split()).replace("-", "").upper()
    right = len(letters) == USER_CODE_LENGTH and set(letters) <= set(LETTERS)
    return letters if right else None


def display_name(text: str) -> str:
    """Return what a terminal calls itself, or refuse it."""
    name = text.strip()
    if len(name) > MAX_DISPLAY_NAME or any(category(c)[0] == "C" for c in name):
        expected = f"at most {MAX_DISPLAY_NAME} characters, none a control character"
        raise InvalidField(field="display_name", expected=expected)
    return name or UNNAMED
