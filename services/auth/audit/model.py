"""What the audit log says, and its one form. No I/O, no protobuf, no SQL."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

Outcome = Literal["success", "failure", "denied"]

ACTION = re.compile(r"[a-z_]+(\.[a-z_]+)*")
DETAIL = re.compile(r"[a-z_]{1,40}")
MAX_ACTION = 100
MAX_DETAILS = 20
MAX_TEXT = 400  # characters; what is longer is cut
TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
WITHHELD = "(withheld)"
# What neither UTF-8 nor Postgres can hold.
UNFIT = re.compile("[\0\ud800-\udfff]")

USER_DELETED = "user.delete"
# What the log says of itself: up to which index places, or events, were removed.
PLACES_FORGOTTEN = "audit.forget"
CUT = "audit.cut"
# And of others: what was pending, and is none of its own.
FORGED = "audit.forged"
UNTIL = "until"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    Something that happened to an account, or was tried.

    Neither secrets nor e-mail addresses: who is unknown is a `stranger`, whose name is
    kept as a keyed hash.
    """

    action: str  # dotted: `session.create`
    outcome: Outcome
    actor: UUID | None  # the user who did it, if it is known
    subject: str  # the resource it was done to, by name
    address: str | None = None
    user_agent: str = ""
    session: UUID | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    stranger: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if len(self.action) > MAX_ACTION or not ACTION.fullmatch(self.action):
            raise ValueError(f"{self.action!r} is no action")
        if len(self.details) > MAX_DETAILS:
            raise ValueError(f"{self.action} has too many details")
        for key in self.details:
            if not DETAIL.fullmatch(key):
                raise ValueError(f"{self.action}: {key!r} is no detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody was: what can be erased without breaking the chain."""

    salt: bytes
    address: str
    user_agent: str

    @property
    def hash(self) -> bytes:
        """Return what the chain holds of it: without the salt, nobody can guess it."""
        return sha256(
            canonical(
                {
                    "address": self.address,
                    "salt": self.salt.hex(),
                    "user_agent": self.user_agent,
                }
            ).encode()
        ).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event as the log holds it, but for its place."""

    id: UUID
    time: datetime
    action: str
    outcome: str
    actor: UUID | None
    user_id: UUID | None  # whose account it is about
    subject: str
    session: UUID | None
    stranger: str | None
    details: Mapping[str, str]
    place_hash: bytes | None

    @property
    def content(self) -> str:
        """Return the one form that is hashed: two entries never have the same."""
        return canonical(
            {
                "action": self.action,
                "actor": text_of(self.actor),
                "details": self.details,
                "id": str(self.id),
                "outcome": self.outcome,
                "place": self.place_hash.hex() if self.place_hash else None,
                "session": text_of(self.session),
                "stranger": self.stranger,
                "subject": self.subject,
                "time": self.time.astimezone(UTC).strftime(TIME),
                "user": text_of(self.user_id),
                "version": "1",
            }
        )

    @property
    def person(self) -> UUID | None:
        """Return whose place it is: of who did it, or is said to have tried."""
        return self.actor or self.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place in the log, signed."""

    index: int
    hash: bytes
    key_id: str
    signature: bytes


BEGINNING = Mark(index=0, hash=bytes(32), key_id="", signature=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far the log goes, signed."""

    mark: Mark
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An event with its place in the chain."""

    mark: Mark
    previous: bytes
    entry: Entry
    place: Place | None
    # There is no place, and somebody may have erased it: its person is deleted.
    person_deleted: bool = False

    @property
    def index(self) -> int:
        """Return the index."""
        return self.mark.index


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which events are wanted."""

    user_id: UUID | None = None
    action: str = ""
    outcome: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def canonical(value: Mapping[str, object]) -> str:
    """Write texts, nothing and objects of texts as canonical JSON (RFC 8785)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def fitting(text: str) -> str:
    """Return what is kept of a text from outside."""
    return UNFIT.sub("\ufffd", text[:MAX_TEXT])


def detail(text: str) -> str:
    """Return what is kept of a detail: what looks like an e-mail address is not."""
    return WITHHELD if "@" in text else fitting(text)


def text_of(value: UUID | None) -> str | None:
    """Write an id, if there is one."""
    return str(value) if value else None


def user_of(subject: str) -> UUID | None:
    """Return the user in whose account a resource is."""
    collection, _, rest = subject.partition("/")
    if collection != "users":
        return None
    try:
        return UUID(rest.partition("/")[0])
    except ValueError:
        return None
