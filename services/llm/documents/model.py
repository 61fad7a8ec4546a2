"""What documents and collections are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from services.kit.errors import Kind, ServiceError
from services.llm.documents.readers import Readers
from services.llm.names import CollectionName, DocumentName

MAX_COLLECTIONS = 100  # of a user
MAX_READERS = 100  # of a collection
MAX_DOCUMENTS = 10_000  # of a user
MAX_USER_BYTES = 2 * 1024 * 1024 * 1024  # of a user's documents together
MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
MAX_PART_BYTES = 512 * 1024
MAX_PARTS = 16_384  # of a document
MAX_NAME = 255
MAX_COLLECTION_NAME = 100
MAX_DESCRIPTION = 1_000
MAX_QUERY = 2_000
MAX_IMAGES = 10  # that are shown to a model at once
MAX_IMAGE_BYTES = 5 * 1024 * 1024
MAX_CHARACTERS = 20_000_000  # of one document; the rest is not read

State = Literal["uploading", "processing", "ready", "failed"]
Flag = Literal[
    "truncated",
    "pages_without_text",
    "active_content",
    "name_misleads",
    "no_embedding",
]


class CollectionNotFound(ServiceError):
    """There is no such collection."""

    kind = Kind.NOT_FOUND
    reason = "COLLECTION_NOT_FOUND"


class TooManyCollections(ServiceError):
    """You have as many collections as may be."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_COLLECTIONS"


class DocumentNotFound(ServiceError):
    """There is no such document."""

    kind = Kind.NOT_FOUND
    reason = "DOCUMENT_NOT_FOUND"


class TooManyDocuments(ServiceError):
    """There is no room for more documents. Delete some first."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_DOCUMENTS"


class DocumentTooLarge(ServiceError):
    """The file is larger than it may be."""

    kind = Kind.EXHAUSTED
    reason = "DOCUMENT_TOO_LARGE"


class UploadOutOfOrder(ServiceError):
    """The part does not begin where the one before ended."""

    kind = Kind.PRECONDITION
    reason = "UPLOAD_OUT_OF_ORDER"


class UploadIncomplete(ServiceError):
    """The file is not wholly uploaded."""

    kind = Kind.PRECONDITION
    reason = "UPLOAD_INCOMPLETE"


class Unreadable(ServiceError):
    """The file cannot be read."""

    kind = Kind.PRECONDITION
    reason = "DOCUMENT_CORRUPT"


class DocumentUnsupported(Unreadable):
    """Parley reads no files of this kind."""

    reason = "DOCUMENT_UNSUPPORTED"


class DocumentEncrypted(Unreadable):
    """The file opens with a password only."""

    reason = "DOCUMENT_ENCRYPTED"


class DocumentCorrupt(Unreadable):
    """The file is broken."""


class DocumentWithoutText(Unreadable):
    """There is no text in the file."""

    reason = "DOCUMENT_WITHOUT_TEXT"


class DocumentTooComplex(Unreadable):
    """Reading the file takes more time or memory than it may."""

    reason = "DOCUMENT_TOO_COMPLEX"


@dataclass(frozen=True, slots=True)
class Page:
    """A page, slide or sheet; the only one, numbered 0, where there are none."""

    number: int  # from 1
    start: int  # characters from the document's first
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, and where what stands under it begins."""

    start: int
    level: int  # from 1
    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a document's text that can be found, not across pages."""

    number: int  # from 0, in their order; neighbours may overlap
    start: int  # characters from the document's first
    end: int
    page: int  # 0 where there are none
    section: str  # its headings
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is in a file: its text, or that it is an image."""

    media_type: str
    pages: tuple[Page, ...] = ()  # each begins where the one before ends
    headings: tuple[Heading, ...] = ()
    chunks: tuple[Chunk, ...] = ()  # what of it can be found
    flags: frozenset[Flag] = frozenset()

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(page.text for page in self.pages)


@dataclass(frozen=True, slots=True)
class Scope:
    """Part of what one user owns: all of it, or what lies in any of these."""

    owner_id: UUID
    collections: tuple[UUID, ...] = ()
    documents: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found."""

    document_id: UUID
    number: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A place for documents."""

    name: CollectionName
    display_name: str
    description: str
    readers: tuple[UUID, ...]
    reader_groups: tuple[UUID, ...]
    document_count: int
    create_time: datetime
    update_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that answers can rest on."""

    name: DocumentName
    collection_id: UUID | None
    display_name: str
    size_bytes: int
    uploaded_bytes: int
    media_type: str
    state: State
    failure: str | None
    progress_percent: int
    page_count: int
    passage_count: int
    character_count: int
    flags: tuple[Flag, ...]
    create_time: datetime
    update_time: datetime


class CollectionChange(TypedDict, total=False):
    """What an owner may change of a collection."""

    display_name: str
    description: str
    readers: Readers


class DocumentChange(TypedDict, total=False):
    """What an owner may change of a document."""

    display_name: str
    collection_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A document that is to be uploaded."""

    name: DocumentName
    display_name: str
    collection_id: UUID | None
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a document's text, on one page; numbered 0 where there are none."""

    page: int
    start: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A document that a run processes."""

    name: DocumentName
    run: UUID
    collection_id: UUID | None
    display_name: str
    size_bytes: int
    attempts: int  # with this one
    indexed: bool  # the index may hold some of it


@dataclass(frozen=True, slots=True)
class Span:
    """Where a passage is: on one page, under one heading."""

    name: DocumentName
    page: int
    section: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Place:
    """A chunk that was found, with those before and after it."""

    name: DocumentName
    chunk: Chunk  # without its text
    neighbours: tuple[Chunk, ...]  # without theirs, in their order, with it
    score: float


@dataclass(frozen=True, slots=True)
class Readable:
    """A document that somebody may read."""

    name: DocumentName
    collection_id: UUID | None
    display_name: str
    version: UUID
