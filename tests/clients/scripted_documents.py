"""llm's documents and collections, in memory; a test says where uploads break off."""

from collections import deque
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any
from uuid import uuid4

import grpc

from parley.error.v1.error_reason_pb2 import ErrorReason
from parley.llm.v1 import collection_service_pb2 as collections_pb
from parley.llm.v1 import collection_service_pb2_grpc as collections_grpc
from parley.llm.v1 import document_pb2
from parley.llm.v1 import document_service_pb2 as pb
from parley.llm.v1 import document_service_pb2_grpc as documents_grpc
from parley.llm.v1.collection_service_pb2 import Collection
from parley.llm.v1.document_pb2 import Document
from parley.llm.v1.generation_pb2 import Citation
from services.llm.documents.model import (
    CollectionNotFound,
    DocumentNotFound,
    UploadOutOfOrder,
)
from tests.clients.scripted_chat import paged

Context = grpc.aio.ServicerContext[Any, Any]
PASSAGE = "the passage"
SECTION = "Part \u203a Chapter"
TEXT = f"Before it. Then {PASSAGE}, and after it."


class ScriptedDocuments(
    documents_grpc.DocumentServiceServicer, collections_grpc.CollectionServiceServicer
):
    """Takes files and finds one passage in each."""

    def __init__(self) -> None:
        self.collections: dict[str, Collection] = {}
        self.documents: dict[str, Document] = {}
        self.files: dict[str, bytearray] = {}
        # For each upload in one stream to come: how many bytes arrive of it.
        self.cuts: deque[int] = deque()
        # For each watch to come: after how many responses it breaks off.
        self.watch_cuts: deque[int] = deque()
        self.refuses_uploads = False
        self.flags: list[Document.Flag.ValueType] = []
        self.unreadable: ErrorReason.ValueType | None = None
        self.created: list[pb.CreateDocumentRequest] = []
        self.appended: list[tuple[int, int]] = []
        self.streamed = 0
        self.searched: list[document_pb2.SearchDocumentsRequest] = []
        self._requests: dict[str, str] = {}

    async def UploadDocument(
        self,
        request_iterator: AsyncIterator[pb.UploadDocumentRequest],
        context: Context,
    ) -> AsyncIterator[pb.UploadDocumentResponse]:
        start = (await anext(request_iterator)).start
        if self.refuses_uploads:
            raise CollectionNotFound
        cut = self.cuts.popleft() if self.cuts else None
        if cut == 0:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "upstream reset")
        document = self._begun(start)
        yield pb.UploadDocumentResponse(document=document)
        while len(self.files[document.name]) < document.size_bytes:
            chunk = (await anext(request_iterator)).chunk
            self.streamed += len(chunk)
            self._add(document, chunk)
            yield pb.UploadDocumentResponse(document=document)
            if cut is not None and document.uploaded_bytes >= cut:
                await context.abort(grpc.StatusCode.INTERNAL, "RST_STREAM error code 2")
        for step in self._processed(document):
            yield pb.UploadDocumentResponse(document=step)

    async def CreateDocument(
        self, request: pb.CreateDocumentRequest, context: Context
    ) -> pb.CreateDocumentResponse:
        return pb.CreateDocumentResponse(document=self._begun(request))

    async def AppendDocument(
        self, request: pb.AppendDocumentRequest, context: Context
    ) -> pb.AppendDocumentResponse:
        document = self._find(request.name)
        if request.offset != document.uploaded_bytes:
            raise UploadOutOfOrder(expected=document.uploaded_bytes)
        self.appended.append((request.offset, len(request.data)))
        self._add(document, request.data)
        return pb.AppendDocumentResponse(document=document)

    async def WatchDocument(
        self, request: pb.WatchDocumentRequest, context: Context
    ) -> AsyncIterator[pb.WatchDocumentResponse]:
        cut = self.watch_cuts.popleft() if self.watch_cuts else None
        for step in islice(self._processed(self._find(request.name)), cut):
            yield pb.WatchDocumentResponse(document=step)
        if cut is not None:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "upstream reset")

    async def GetDocument(
        self, request: pb.GetDocumentRequest, context: Context
    ) -> pb.GetDocumentResponse:
        return pb.GetDocumentResponse(document=self._find(request.name))

    async def ListDocuments(
        self, request: pb.ListDocumentsRequest, context: Context
    ) -> pb.ListDocumentsResponse:
        found = [
            document
            for document in self.documents.values()
            if not request.collection or document.collection == request.collection
        ]
        page, token = paged(found[::-1], request.page_token)
        return pb.ListDocumentsResponse(documents=page, next_page_token=token)

    async def UpdateDocument(
        self, request: pb.UpdateDocumentRequest, context: Context
    ) -> pb.UpdateDocumentResponse:
        document = self._find(request.document.name)
        request.update_mask.MergeMessage(request.document, document, True, True)
        return pb.UpdateDocumentResponse(document=document)

    async def DeleteDocument(
        self, request: pb.DeleteDocumentRequest, context: Context
    ) -> pb.DeleteDocumentResponse:
        del self.documents[self._find(request.name).name]
        return pb.DeleteDocumentResponse()

    async def ReindexDocument(
        self, request: pb.ReindexDocumentRequest, context: Context
    ) -> pb.ReindexDocumentResponse:
        document = self._find(request.name)
        document.state = Document.STATE_PROCESSING
        return pb.ReindexDocumentResponse(document=document)

    async def ReadDocument(
        self, request: document_pb2.ReadDocumentRequest, context: Context
    ) -> document_pb2.ReadDocumentResponse:
        page = document_pb2.DocumentPage(page=request.page or 3, text=TEXT)
        page.start_offset = 100
        return document_pb2.ReadDocumentResponse(
            page=page, document=self._find(request.name)
        )

    async def DownloadDocument(
        self, request: pb.DownloadDocumentRequest, context: Context
    ) -> AsyncIterator[pb.DownloadDocumentResponse]:
        file = bytes(self.files[self._find(request.name).name])
        for begin in range(0, len(file), 64 * 1024):
            yield pb.DownloadDocumentResponse(chunk=file[begin : begin + 64 * 1024])

    async def SearchDocuments(
        self, request: document_pb2.SearchDocumentsRequest, context: Context
    ) -> document_pb2.SearchDocumentsResponse:
        self.searched.append(request)
        return document_pb2.SearchDocumentsResponse(
            passages=[
                document_pb2.Passage(citation=citation(document, number), score=0.5)
                for number, document in enumerate(self.documents.values(), start=1)
            ]
        )

    async def CreateCollection(
        self, request: collections_pb.CreateCollectionRequest, context: Context
    ) -> collections_pb.CreateCollectionResponse:
        created = request.collection
        created.name = f"{request.parent}/collections/{uuid4()}"
        self.collections[created.name] = created
        return collections_pb.CreateCollectionResponse(collection=created)

    async def GetCollection(
        self, request: collections_pb.GetCollectionRequest, context: Context
    ) -> collections_pb.GetCollectionResponse:
        return collections_pb.GetCollectionResponse(
            collection=self._collection(request.name)
        )

    async def ListCollections(
        self, request: collections_pb.ListCollectionsRequest, context: Context
    ) -> collections_pb.ListCollectionsResponse:
        page, token = paged([*self.collections.values()], request.page_token)
        return collections_pb.ListCollectionsResponse(
            collections=page, next_page_token=token
        )

    async def UpdateCollection(
        self, request: collections_pb.UpdateCollectionRequest, context: Context
    ) -> collections_pb.UpdateCollectionResponse:
        found = self._collection(request.collection.name)
        request.update_mask.MergeMessage(request.collection, found, True, True)
        return collections_pb.UpdateCollectionResponse(collection=found)

    async def DeleteCollection(
        self, request: collections_pb.DeleteCollectionRequest, context: Context
    ) -> collections_pb.DeleteCollectionResponse:
        del self.collections[self._collection(request.name).name]
        return collections_pb.DeleteCollectionResponse()

    def _begun(self, request: pb.CreateDocumentRequest) -> Document:
        self.created.append(request)
        if known := self._requests.get(request.request_id):
            return self.documents[known]
        document = Document()
        document.CopyFrom(request.document)
        document.name = f"{request.parent}/documents/{uuid4()}"
        document.state = Document.STATE_UPLOADING
        document.create_time.GetCurrentTime()
        self.documents[document.name] = document
        self.files[document.name] = bytearray()
        self._requests[request.request_id] = document.name
        return document

    def _add(self, document: Document, data: bytes) -> None:
        file = self.files[document.name]
        file += data
        document.uploaded_bytes = len(file)
        if len(file) == document.size_bytes:
            document.state = Document.STATE_PROCESSING

    def _processed(self, document: Document) -> Iterator[Document]:
        if document.state == Document.STATE_PROCESSING:
            document.progress_percent = 50
            yield document
            document.state = Document.STATE_READY
            document.page_count = 7
            document.flags.extend(self.flags)
            if self.unreadable:
                document.state = Document.STATE_FAILED
                document.failure_reason = self.unreadable
        yield document

    def _find(self, name: str) -> Document:
        if not (found := self.documents.get(name)):
            raise DocumentNotFound(document=name.rpartition("/")[2])
        return found

    def _collection(self, name: str) -> Collection:
        if not (found := self.collections.get(name)):
            raise CollectionNotFound(collection=name.rpartition("/")[2])
        return found


def citation(document: Document, number: int) -> Citation:
    """Return a place in a document, which `ReadDocument` shows."""
    start = 100 + TEXT.index(PASSAGE)
    return Citation(
        number=number,
        document=document.name,
        display_name=document.display_name,
        page=3,
        section=SECTION,
        start_offset=start,
        end_offset=start + len(PASSAGE),
        quote=PASSAGE,
    )
