"""What is exported and imported."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from uuid_utils.compat import uuid7

from services.kit.errors import Kind, ServiceError
from services.kit.names import parse_name

MIB = 1024 * 1024
MAX_FILE = 512 * MIB
MAX_PART = 256 * 1024
MAX_PARTS = 16_384
MAX_IMPORTS = 3  # under way at a time, of one user
MAX_EXPORTED = 100  # conversations that are named; without names, all
MAX_REPORTED = 1_000
CHUNK = 64 * 1024  # what is exported at a time, and what is parsed at a time
LEASE_SECONDS = 10.0

Role = Literal["user", "assistant"]
State = Literal["completed", "stopped", "failed"]


class ImportNotFound(ServiceError):
    """There is no such import, or it was dropped."""

    kind = Kind.NOT_FOUND
    reason = "IMPORT_NOT_FOUND"


class ImportTooLarge(ServiceError):
    """The file is larger than it may be."""

    kind = Kind.EXHAUSTED
    reason = "IMPORT_TOO_LARGE"


class TooManyImports(ServiceError):
    """As many imports are under way as may be. Run one, or wait for a day."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_IMPORTS"


class UploadOutOfOrder(ServiceError):
    """The part does not begin where the one before ended."""

    kind = Kind.PRECONDITION
    reason = "UPLOAD_OUT_OF_ORDER"


class UploadIncomplete(ServiceError):
    """The file is not wholly uploaded."""

    kind = Kind.PRECONDITION
    reason = "UPLOAD_INCOMPLETE"


class ImportRunning(ServiceError):
    """The import is being run already."""

    kind = Kind.ABORTED
    reason = "IMPORT_RUNNING"


@dataclass(frozen=True, slots=True)
class ImportName:
    """Whose import, and which."""

    user_id: UUID
    id: UUID

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read `users/{user}/imports/{import}`."""
        return cls(*parse_name(name, "users", "imports"))

    @classmethod
    def new(cls, user_id: UUID) -> Self:
        """Make the name of an import that is not there yet."""
        return cls(user_id, uuid7())

    def __str__(self) -> str:
        return f"users/{self.user_id}/imports/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """A file being imported, and how far it is."""

    id: UUID
    size_bytes: int
    uploaded_bytes: int
    create_time: datetime
    next_index: int  # of the first conversation in the file that is not dealt with
    imported_conversations: int
    imported_messages: int
    skipped_count: int
    ended: bool
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message, as a file has it: its key and its parent's are the file's own."""

    key: str
    parent: str | None
    role: Role
    text: str
    create_time: datetime
    end_time: datetime
    state: State = "completed"
    model: str = ""
    failure: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micros: int = 0
    estimated: bool = False
    attempt: int = 1
    first_token_time: datetime | None = None
    rating: Literal["good", "bad"] | None = None
    rating_reasons: tuple[str, ...] = ()
    rating_comment: str = ""
    attachments: tuple[str, ...] = ()
    beside: bytes | None = None  # what stands beside a reply's text, packed

    @property
    def size(self) -> int:
        """Return how much there is of it: characters, and bytes beside them."""
        return len(self.text) + len(self.beside or b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A conversation, as a file has it. A turn comes after the one it follows."""

    title: str
    create_time: datetime
    update_time: datetime
    turns: tuple[Turn, ...]
    current: str | None
    tags: tuple[str, ...] = ()
    folder: str = ""
    pinned: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation that is stored; its turns are read apart."""

    id: UUID
    tree: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of one conversation: it, or a problem, or both."""

    index: int
    title: str
    tree: Tree | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is."""

    read_bytes: int
    job: ImportJob
    skipped: tuple[Read, ...] = ()  # since the progress before
    done: bool = False
    problem: str = ""  # why it ended before the file did
