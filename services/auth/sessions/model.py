"""What sessions and tokens are. No I/O, no protobuf, no SQL."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, Self
from uuid import UUID, uuid4

from services.auth.audit.origin import Origin
from services.kit.errors import Kind, ServiceError

ACCESS = timedelta(minutes=5)  # how long an access token is valid
IDLE = timedelta(days=30)  # how long a session lives without being refreshed
ABSOLUTE = timedelta(days=90)  # how long it lives at most
# How long a replaced refresh token still works, and how long the next one is not itself
# replaced. Without the second, tabs that refresh at the same time could be told of two
# tokens, keep the older one because its answer came last, and be signed out for it.
GRACE = timedelta(seconds=30)
CHALLENGE = timedelta(minutes=10)  # how long a sign-in waits for a second factor
MAX_TRIES = 5  # of a second factor in one sign-in
DEVICE = timedelta(days=400)  # how long a browser is known: the most it keeps a cookie
MAX_SESSIONS = 100  # of one user; one more ends the oldest

# How somebody showed who they are (RFC 8176).
PASSWORD = "pwd"  # noqa: S105 - a name
PASSKEY = "pop"
FEDERATED = "ext"
SEVERAL = "mfa"

# When somebody last showed who they are who has shown nothing: they are never fresh.
NEVER = datetime.fromtimestamp(0, UTC)

Factor = Literal["totp", "passkey", "recovery_code"]


class InvalidCredentials(ServiceError):
    """The e-mail address or the password is wrong."""

    kind = Kind.UNAUTHENTICATED
    reason = "INVALID_CREDENTIALS"


class ChallengeEnded(ServiceError):
    """The sign-in took too long, or too many tries. Begin anew."""

    kind = Kind.UNAUTHENTICATED
    reason = "CHALLENGE_ENDED"


class SessionEnded(ServiceError):
    """The session has ended, or there is none. Sign in again."""

    kind = Kind.UNAUTHENTICATED
    reason = "SESSION_ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(Origin):
    """Where a call comes from, and what it brings of a browser's cookies."""

    cookie: str | None = field(default=None, repr=False)  # its refresh token
    device: str | None = field(default=None, repr=False)  # what tells it from others


UNKNOWN = Client()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in browser or terminal."""

    id: UUID
    user_id: UUID
    counter: int  # which refresh token is the current one
    create_time: datetime
    expire_time: datetime
    auth_time: datetime  # when the person last showed who they are
    last_use_time: datetime
    methods: Sequence[str]  # how they showed it (RFC 8176)
    user_agent: str
    address: str | None

    @classmethod
    def begin(
        cls,
        user_id: UUID,
        now: datetime,
        *,
        methods: Sequence[str] = (PASSWORD,),
        client: Client = UNKNOWN,
        auth_time: datetime | None = None,
    ) -> Self:
        """Make a session that begins now; who it is was shown now too, or before."""
        return cls(
            id=uuid4(),
            user_id=user_id,
            counter=1,
            create_time=now,
            expire_time=now + IDLE,
            auth_time=auth_time or now,
            last_use_time=now,
            methods=list(methods),
            user_agent=client.user_agent,
            address=client.address,
        )

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"users/{self.user_id}/sessions/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an access token says."""

    user_id: UUID
    session_id: UUID | None = None
    key_id: UUID | None = None  # the API key that it was made for, if no session
    scope: frozenset[str]
    groups: Sequence[UUID] = ()
    methods: Sequence[str]
    auth_time: datetime
    version: int
    impersonator: UUID | None = None
    impersonator_version: int = 0


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
    device: str = field(default="", repr=False)  # what a browser is known by later


@dataclass(frozen=True, slots=True)
class Proof:
    """A second factor that somebody shows."""

    factor: Factor
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """A sign-in that waits for a second factor."""

    user_id: UUID
    methods: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What is asked of somebody who has shown a first factor."""

    token: str = field(repr=False)
    factors: frozenset[Factor]
    expire_time: datetime
