"""What links are, and what they show."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Literal
from uuid import UUID

from services.chat.names import ConversationName
from services.kit.errors import InvalidField, Kind, ServiceError
from services.kit.requests.model import Request

MAX_SHARES = 1_000  # of one user
MAX_LIFETIME = timedelta(days=366)
# What a snapshot holds of a branch, its newest part. Together, and with the names of
# models, it is less than the 4 MiB that a gRPC client takes in one message; and the
# longest reply there can be fits.
MAX_MESSAGES = 1_000
MAX_BYTES = 3_700_000
TOKEN_BYTES = 24  # 192 bits of chance: 32 characters

Role = Literal["user", "assistant"]


class ShareNotFound(ServiceError):
    """There is no such link, or it was revoked or has expired."""

    kind = Kind.NOT_FOUND
    reason = "SHARE_NOT_FOUND"


class TooManyShares(ServiceError):
    """You have as many links as may be. Delete one first."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_SHARES"


class ConversationEmpty(ServiceError):
    """The conversation has no message that could be shared."""

    kind = Kind.PRECONDITION
    reason = "CONVERSATION_EMPTY"


class TooManyLookups(ServiceError):
    """Links are asked for too often from where you are. Try again in a moment."""

    kind = Kind.EXHAUSTED
    reason = "RATE_LIMITED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The link that a user asks for."""

    conversation: ConversationName
    title: str  # the conversation's if empty
    signed_in_only: bool
    expire_time: datetime | None
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A link, as its owner sees it."""

    id: UUID
    conversation_id: UUID
    title: str
    token: str = field(repr=False)
    signed_in_only: bool
    truncated: bool
    create_time: datetime
    expire_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedMessage:
    """One turn of a snapshot."""

    role: Role
    text: str = field(repr=False)
    model: str
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a link leads to."""

    title: str
    signed_in_only: bool
    truncated: bool
    create_time: datetime
    expire_time: datetime | None
    messages: tuple[SharedMessage, ...]


def new_token() -> str:
    """Make what nobody can guess."""
    return token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """Return what a token is looked up by."""
    return sha256(token.encode()).digest()


def within_a_year(expire_time: datetime, now: datetime) -> datetime:
    """Return when a link ends, or refuse a time that has passed or is far away."""
    if not now < expire_time <= now + MAX_LIFETIME:
        raise InvalidField(field="share.expire_time", expected="a time within a year")
    return expire_time
