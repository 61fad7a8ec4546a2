"""Documents and collections as signed-in users reach them, over a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, LiteralString
from uuid import UUID, uuid4

import grpc
import psycopg
from google.protobuf.field_mask_pb2 import FieldMask
from psycopg.sql import Composed
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)

from parley.error.v1 import error_reason_pb2
from parley.llm.v1 import collection_service_pb2 as collections_pb
from parley.llm.v1 import collection_service_pb2_grpc as collections_grpc
from parley.llm.v1 import document_pb2, generation_pb2
from parley.llm.v1 import document_service_pb2 as pb
from parley.llm.v1 import document_service_pb2_grpc as pb_grpc
from services.kit.interceptors import bearer
from services.kit.postgres import Database
from services.kit.server import serving
from services.kit.signals import Signals
from services.llm.documents.model import MAX_PART_BYTES
from services.llm.documents.opening import Opened, knowledge
from services.llm.documents.ports import Index, Reader
from services.llm.documents.retrieving import Retrieving
from services.llm.documents.store.files import PostgresFiles
from services.llm.documents.store.readership import PostgresReadership
from services.llm.members import Member
from services.llm.model import MAX_QUESTION
from tests.identity import Identity, bearing
from tests.llm.documents.plain_reader import PlainReader
from tests.serving import ANY_PORT, channel_to

SERVICES = ("parley.llm.v1.CollectionService", "parley.llm.v1.DocumentService")
# However busy the machine is that the tests run on.
PATIENCE = 20.0
DONE = (document_pb2.Document.STATE_READY, document_pb2.Document.STATE_FAILED)

Metadata = tuple[tuple[str, str], ...]
Collection = collections_pb.Collection
Document = document_pb2.Document


@dataclass(frozen=True)
class Knowing:
    """Knowledge as one signed-in user reaches it, and what is beneath."""

    user: UUID
    me: Metadata
    channel: grpc.aio.Channel
    identity: Identity
    url: str
    opened: Opened
    signals: Signals
    database: Database

    @property
    def parent(self) -> str:
        return f"users/{self.user}"

    @property
    def documents(self) -> pb_grpc.DocumentServiceAsyncStub:
        return pb_grpc.DocumentServiceStub(self.channel)

    @property
    def collections(self) -> collections_grpc.CollectionServiceAsyncStub:
        return collections_grpc.CollectionServiceStub(self.channel)

    @property
    def reader(self) -> Member:
        """Who reads, in no group."""
        return Member(self.user)

    def other(self) -> Knowing:
        """The same, for somebody else."""
        return replace(self, user=uuid4()).within()

    def within(self, *groups: UUID) -> Knowing:
        """The same user, who is in these groups now."""
        return replace(self, me=bearing(self.identity.token(self.user, *groups)))

    def over(self, index: Index, *, budget_seconds: float = PATIENCE) -> Retrieving:
        """Search with another index, or for another time."""
        return Retrieving(
            PostgresReadership(self.database),
            index,
            PostgresFiles(self.database),
            budget_seconds=budget_seconds,
        )

    async def collection(
        self, name: str = "Papers", *readers: Knowing | UUID, **more: Any
    ) -> Collection:
        """Create a collection, shared with these users and groups."""
        request = collections_pb.CreateCollectionRequest(
            parent=self.parent,
            collection=Collection(display_name=name, readers=list(map(named, readers))),
            **more,
        )
        answer = await self.collections.CreateCollection(request, metadata=self.me)
        return answer.collection

    async def share(
        self, collection: Collection, *readers: Knowing | UUID
    ) -> Collection:
        """Say anew who may read a collection."""
        request = collections_pb.UpdateCollectionRequest(
            collection=Collection(
                name=collection.name, readers=list(map(named, readers))
            ),
            update_mask=FieldMask(paths=["readers"]),
        )
        answer = await self.collections.UpdateCollection(request, metadata=self.me)
        return answer.collection

    async def create(
        self,
        size: int,
        name: str = "notes.txt",
        *,
        collection: str = "",
        request_id: str = "",
    ) -> Document:
        """Begin an upload."""
        request = pb.CreateDocumentRequest(
            parent=self.parent,
            document=Document(
                display_name=name, size_bytes=size, collection=collection
            ),
            request_id=request_id,
        )
        answer = await self.documents.CreateDocument(request, metadata=self.me)
        return answer.document

    async def append(self, document: Document, offset: int, data: bytes) -> Document:
        """Upload a part."""
        request = pb.AppendDocumentRequest(name=document.name, offset=offset, data=data)
        answer = await self.documents.AppendDocument(request, metadata=self.me)
        return answer.document

    async def upload(
        self, text: str | bytes, name: str = "notes.txt", *, collection: str = ""
    ) -> Document:
        """Upload a small file; return it when it is ready or has failed."""
        data = text.encode() if isinstance(text, str) else text
        begun = await self.create(len(data), name, collection=collection)
        for offset in range(0, len(data), MAX_PART_BYTES):
            await self.append(begun, offset, data[offset : offset + MAX_PART_BYTES])
        return await self.done(begun.name)

    async def get(self, name: str) -> Document:
        """Return a document."""
        request = pb.GetDocumentRequest(name=name)
        return (await self.documents.GetDocument(request, metadata=self.me)).document

    async def done(self, name: str) -> Document:
        """Wait until a document is processed."""
        request = pb.WatchDocumentRequest(name=name)
        async for step in self.documents.WatchDocument(request, metadata=self.me):
            if step.document.state in DONE:
                return step.document
        raise AssertionError("the stream ended before the document was processed")

    async def search(self, query: str, **within: Any) -> list[document_pb2.Passage]:
        """Find passages."""
        request = document_pb2.SearchDocumentsRequest(
            parent=self.parent,
            query=query,
            knowledge=generation_pb2.Knowledge(**within),
            page_size=50,
        )
        answer = await self.documents.SearchDocuments(request, metadata=self.me)
        return list(answer.passages)

    async def quotes(self, query: str, **within: Any) -> list[str]:
        """Find passages; return their texts."""
        found = await self.search(query, **within)
        return [passage.citation.quote for passage in found]

    async def delete(self, name: str, **options: Any) -> None:
        """Delete a document."""
        request = pb.DeleteDocumentRequest(name=name, **options)
        await self.documents.DeleteDocument(request, metadata=self.me)

    async def read(self, name: str, page: int = 0, offset: int = 0) -> Any:
        """Read a stretch of a document's text."""
        request = document_pb2.ReadDocumentRequest(name=name, page=page, offset=offset)
        return await self.documents.ReadDocument(request, metadata=self.me)

    async def download(self, name: str) -> bytes:
        """Download a file."""
        request = pb.DownloadDocumentRequest(name=name)
        stream = self.documents.DownloadDocument(request, metadata=self.me)
        return b"".join([part.chunk async for part in stream])

    async def listed(self, collection: str = "") -> list[str]:
        """Name the documents of a short list."""
        request = pb.ListDocumentsRequest(parent=self.parent, collection=collection)
        answer = await self.documents.ListDocuments(request, metadata=self.me)
        return [document.name for document in answer.documents]

    async def sql(
        self, query: LiteralString | Composed, *values: object
    ) -> Sequence[Any]:
        """Run a statement, and return what it found."""
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            cursor = await connection.execute(query, values)
            return await cursor.fetchall() if cursor.description else []


@asynccontextmanager
async def knowing(
    url: str,
    redis_url: str,
    identity: Identity,
    index: Index,
    reader: Reader | None = None,
) -> AsyncIterator[Knowing]:
    """Serve knowledge, for a user who signed up just now."""
    user = uuid4()
    async with (
        Signals.connect(redis_url) as signals,
        Database.connect(url, announce=signals.publish) as database,
        Database.connect(
            url, pool_size=4, announce=signals.publish, patient=True
        ) as own_database,
        knowledge(
            database,
            own_database,
            reader=reader or PlainReader(),
            index=index,
            signals=signals,
            budget_seconds=PATIENCE,
        ) as opened,
        serving(
            partial(
                collections_grpc.add_CollectionServiceServicer_to_server,
                opened.collections,
            ),
            partial(pb_grpc.add_DocumentServiceServicer_to_server, opened.documents),
            services=SERVICES,
            address=ANY_PORT,
            authenticate=bearer(identity.verifier()),
            drain_seconds=0,
            max_request_bytes=MAX_QUESTION,
        ) as port,
        channel_to(f"127.0.0.1:{port}") as channel,
    ):
        me = bearing(identity.token(user))
        yield Knowing(user, me, channel, identity, url, opened, signals, database)


def named(reader: Knowing | UUID) -> str:
    """Name a user, or a group."""
    return f"groups/{reader}" if isinstance(reader, UUID) else reader.parent


def reason(document: Document) -> str:
    """Say why a document failed."""
    name = error_reason_pb2.ErrorReason.Name(document.failure_reason)
    return name.removeprefix("ERROR_REASON_")


def patiently() -> AsyncRetrying:
    """Try again for a while until it holds."""
    return AsyncRetrying(
        retry=retry_if_exception_type(AssertionError),
        stop=stop_after_delay(60),
        wait=wait_fixed(0.02),
        reraise=True,
    )
