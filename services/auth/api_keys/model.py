"""What API keys are. No I/O, no protobuf, no SQL."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from unicodedata import category
from uuid import UUID

from services.kit.errors import InvalidField, Kind, ServiceError

MAX_KEYS = 50  # of one user, expired ones too
MAX_DISPLAY_NAME = 100
LIFETIME = timedelta(days=90)  # unless its owner says otherwise
MAX_LIFETIME = timedelta(days=366)
# How exact the time of the last use is: a busy key costs one write in this time.
USED = timedelta(minutes=1)
SCIM = "scim"  # alone: who provisions users and groups does nothing else
SCOPES = frozenset({"chat", "knowledge", "tools", SCIM})  # all that any key may do


class ApiKeyInvalid(ServiceError):
    """This API key is not valid, or not any more. Make another one."""

    kind = Kind.UNAUTHENTICATED
    reason = "API_KEY_INVALID"


class ApiKeyNotFound(ServiceError):
    """You have no such API key."""

    kind = Kind.NOT_FOUND
    reason = "API_KEY_NOT_FOUND"


class TooManyApiKeys(ServiceError):
    """You have as many API keys as you may have. Revoke one first."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_API_KEYS"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is kept: with a hash of its secret, and no secret."""

    id: UUID
    user_id: UUID
    display_name: str = field(repr=False)
    secret_hash: bytes = field(repr=False)
    scopes: frozenset[str]
    create_time: datetime
    expire_time: datetime
    last_use_time: datetime | None = None

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"users/{self.user_id}/apiKeys/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asks for."""

    display_name: str = field(repr=False)
    scopes: frozenset[str]
    expire_time: datetime | None
    request_id: UUID | None


def display_name(text: str) -> str:
    """Return what a key is called, or refuse it."""
    name = text.strip()
    if not 1 <= len(name) <= MAX_DISPLAY_NAME or any(category(c) == "Cc" for c in name):
        expected = f"1 to {MAX_DISPLAY_NAME} characters, none a control character"
        raise InvalidField(field="api_key.display_name", expected=expected)
    return name


def scopes(wanted: Collection[str], *, held: Collection[str]) -> frozenset[str]:
    """Return what a key may do: what any key may, and its maker may too."""
    may = SCOPES.intersection(held)
    if not wanted or not may.issuperset(wanted):
        expected = f"one or more of {', '.join(sorted(may)) or 'nothing'}"
        raise InvalidField(field="api_key.scopes", expected=expected)
    if SCIM in wanted and len(set(wanted)) > 1:
        raise InvalidField(field="api_key.scopes", expected=f"nothing beside {SCIM}")
    return frozenset(wanted)


def expiry(wanted: datetime | None, now: datetime) -> datetime:
    """Return when a key ends, or refuse that."""
    if wanted is None:
        return now + LIFETIME
    if not now < wanted <= now + MAX_LIFETIME:
        expected = f"a time from now on, at most {MAX_LIFETIME.days} days ahead"
        raise InvalidField(field="api_key.expire_time", expected=expected)
    return wanted
