"""What documents need from the outside."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, Self
from uuid import UUID

from services.kit.requests.model import Request
from services.llm.documents.model import (
    Chunk,
    Collection,
    CollectionChange,
    Content,
    Document,
    DocumentChange,
    Hit,
    Job,
    NewDocument,
    Place,
    Scope,
    Span,
    Stretch,
    Unreadable,
)
from services.llm.members import Member
from services.llm.model import Image, Passage
from services.llm.names import CollectionName, DocumentName
from services.llm.wanted import Knowledge

Progress = Callable[[int], None]  # percent
Spans = Callable[[Sequence[Place]], Sequence[Span]]

JOBS_TOPIC = "llm/documents/jobs"  # there is something to process
SWEEP_TOPIC = "llm/documents/sweep"  # there is something to take away


def document_topic(name: DocumentName) -> str:
    """Name the topic of what happens to a document."""
    return f"llm/{name}"


class Subscription(Protocol):
    """What is said about a topic, while the block runs."""

    async def __aenter__(self) -> Self:
        """Begin to listen."""

    async def __aexit__(self, *_: object) -> None:
        """Listen no more."""

    async def next(self, seconds: float) -> bytes | None:
        """Wait until something is said, or for so long."""


class Signals(Protocol):
    """Wake-ups between replicas; one may be lost."""

    def subscribe(self, topic: str) -> Subscription:
        """Listen to a topic."""

    def listening(
        self, topic: str, listener: Callable[[bytes], None]
    ) -> AbstractContextManager[None]:
        """Call the listener with each message while the block runs."""


class Reader(Protocol):
    """Reads files, in a process that a hostile file may break."""

    async def read(self, file: Path, name: str, progress: Progress) -> Content:
        """
        Return what is in a file, cut into chunks; `name` is what its owner calls it.

        Raises a kind of `Unreadable`.
        """


class Embedder(Protocol):
    """A model that turns texts into vectors."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return a vector for each text; raises `EmbeddingUnavailable`."""


class Index(Protocol):
    """
    Finds chunks by their words, and by their meaning if there is an embedder.

    Raises `Unavailable` when it is away.
    """

    async def put(
        self,
        owner_id: UUID,
        document_id: UUID,
        collection_id: UUID | None,
        chunks: Sequence[Chunk],
        progress: Progress,
    ) -> bool:
        """Replace a document's chunks; False if the embedder was away for them."""

    async def delete(self, owner_id: UUID, documents: Sequence[UUID]) -> None:
        """Remove all chunks of these documents."""

    async def delete_owner(self, owner_id: UUID) -> None:
        """Remove everything that a user owns."""

    async def search(
        self, query: str, scopes: Sequence[Scope], *, limit: int
    ) -> Sequence[Hit]:
        """Find chunks in any of the scopes, the best first."""

    async def awaken(self) -> None:
        """Get ready, so that the first search need not wait."""


class Collections(Protocol):
    """
    Stored collections. One that is missing is `CollectionNotFound`.

    What has a request is a transaction with it: a retry changes nothing, and returns
    the collection as it is now.
    """

    async def create(
        self, name: CollectionName, new: CollectionChange, request: Request
    ) -> Collection:
        """Store a collection; raises `InvalidField` for groups, as `Readers` say."""

    async def get(self, name: CollectionName, reader: Member) -> Collection:
        """Return a collection that somebody may read."""

    async def page(
        self, reader: Member, *, after: tuple[bool, str, UUID] | None, limit: int
    ) -> Sequence[Collection]:
        """Return those of a user, then those shared with them, each by name."""

    async def change(
        self, name: CollectionName, change: CollectionChange, request: Request
    ) -> Collection:
        """Change one; raises `InvalidField` for groups, as `Readers` say."""

    async def delete(
        self, name: CollectionName, request: Request, *, allow_missing: bool
    ) -> None:
        """Delete one with all that lies in it."""


class Documents(Protocol):
    """
    Stored documents. One that is missing is `DocumentNotFound`.

    What has a request is a transaction with it: a retry changes nothing, and returns
    the document as it is now.
    """

    async def create(self, new: NewDocument, request: Request) -> Document:
        """Store a document without its file; an upload in parts begins."""

    async def append(self, name: DocumentName, offset: int, data: bytes) -> Document:
        """Store the next part; one that is there stays. The last begins a job."""

    async def get(self, name: DocumentName, reader: Member) -> Document:
        """Return a document that somebody may read."""

    async def page(
        self,
        reader: Member,
        collection: CollectionName | None,
        *,
        before: UUID | None,
        limit: int,
    ) -> Sequence[Document]:
        """Return a user's own, or what lies in a collection they may read."""

    async def change(
        self, name: DocumentName, change: DocumentChange, request: Request
    ) -> Document:
        """Change one; what is moved is indexed anew."""

    async def delete(
        self, name: DocumentName, request: Request, *, allow_missing: bool
    ) -> None:
        """Put one out of sight, and have everything of it taken away."""

    async def reindex(self, name: DocumentName, request: Request) -> Document:
        """Have one processed again."""


class Files(Protocol):
    """Files and texts of documents that somebody may read."""

    async def part(self, name: DocumentName, reader: Member, position: int) -> bytes:
        """Return the file from a position to the end of the part that it is in."""

    async def text(
        self, name: DocumentName, reader: Member, *, page: int, offset: int
    ) -> Stretch:
        """Return a bounded stretch around a place, which is on the page if not 0."""

    async def images(
        self, reader: Member, documents: Sequence[DocumentName]
    ) -> Mapping[DocumentName, Image | None]:
        """Load the first few that are images; None for others that are, too."""


class Jobs(Protocol):
    """Documents that are to be processed; each is processed by one run at a time."""

    async def claim(self, run: UUID) -> Job | None:
        """Take the oldest of the user who has the fewest running."""

    async def part(self, job: Job, position: int) -> bytes:
        """Return the next bytes of the file."""

    async def renew(self, job: Job, percent: int) -> bool:
        """Go on with it; False if it is no longer this run's."""

    async def store(self, job: Job, content: Content) -> None:
        """Store pages and chunks, which nobody sees yet."""

    async def publish(self, job: Job, content: Content, *, embedded: bool) -> bool:
        """Show and find what was stored; False if it is no longer this run's."""

    async def fail(self, job: Job, error: Unreadable) -> None:
        """End it, and say why."""

    async def delay(self, job: Job) -> None:
        """Try again later, without counting this attempt: the index is away."""

    async def retry(self, job: Job) -> None:
        """Try again soon."""

    async def release(self, job: Job) -> None:
        """Let another process go on, without counting this attempt."""


class Readership(Protocol):
    """What somebody may read, as it is stored."""

    async def scopes(self, reader: Member, knowledge: Knowledge) -> Sequence[Scope]:
        """
        Say where to look; raises for what is named and may not be read.

        Attachments that may not be read are passed over: they were attached once, and
        the conversation goes on.
        """

    async def any(self) -> bool:
        """Tell whether there is anything to be found, of anybody."""

    async def passages(
        self,
        reader: Member,
        scopes: Sequence[Scope],
        hits: Sequence[Hit],
        spans: Spans,
    ) -> tuple[Sequence[Passage], int]:
        """
        Return passages around those hits that are in the scopes and may be read.

        Also how many others there are. `spans` decides where each passage ends.
        """


class Rubbish(Protocol):
    """What is out of sight, and yet to be taken away."""

    async def vectors(self) -> Mapping[UUID, Mapping[UUID, bool]]:
        """
        Take some documents of users whose vectors nobody may be writing now.

        With each is said whether none can appear later; else it is due again soon.
        """

    async def vectors_gone(self, owner_id: UUID, documents: Sequence[UUID]) -> None:
        """Remember that they have none any more."""

    async def sweep(self) -> int:
        """Take away a bounded part of rows; return how many."""

    async def stale(self) -> int:
        """Put uploads that nobody goes on with out of sight; return how many."""
