"""What sessions and tokens are. No I/O, no protobuf, no SQL."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID, uuid4

from services.kit.errors import Kind, ServiceError

ACCESS = timedelta(minutes=5)  # how long an access token is valid
IDLE = timedelta(days=30)  # how long a session lives without being refreshed
ABSOLUTE = timedelta(days=90)  # how long it lives at most
# How long a replaced refresh token still works, and how long the next one is not itself
# replaced. Without the second, tabs that refresh at the same time could be told of two
# tokens, keep the older one because its answer came last, and be signed out for it.
GRACE = timedelta(seconds=30)
MAX_SESSIONS = 100  # of one user; one more ends the oldest


class InvalidCredentials(ServiceError):
    """The e-mail address or the password is wrong."""

    kind = Kind.UNAUTHENTICATED
    reason = "INVALID_CREDENTIALS"


class SessionEnded(ServiceError):
    """The session has ended, or there is none. Sign in again."""

    kind = Kind.UNAUTHENTICATED
    reason = "SESSION_ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in browser or terminal."""

    id: UUID
    user_id: UUID
    counter: int  # which refresh token is the current one
    create_time: datetime
    expire_time: datetime

    @classmethod
    def begin(cls, user_id: UUID, now: datetime) -> Self:
        """Make a session that begins now."""
        return cls(
            id=uuid4(),
            user_id=user_id,
            counter=1,
            create_time=now,
            expire_time=now + IDLE,
        )

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"users/{self.user_id}/sessions/{self.id}"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a caller shows with every call."""

    token: str = field(repr=False)
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with the tokens that speak for it."""

    session: Session
    access_token: AccessToken
    refresh_token: str = field(repr=False)
    lifetime: timedelta  # how long the refresh token is worth keeping
