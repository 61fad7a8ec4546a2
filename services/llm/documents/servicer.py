"""The gRPC surface of documents: request in, domain call, response out."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from time import time
from typing import Any
from uuid import UUID

from parley.llm.v1 import document_pb2
from parley.llm.v1 import document_service_pb2 as pb
from parley.llm.v1 import document_service_pb2_grpc as pb_grpc
from services.kit.caller import current, require
from services.kit.errors import InvalidField
from services.kit.fields import require_fields, text
from services.kit.masks import changed_fields
from services.kit.names import parse_name
from services.kit.pages import InvalidPage, Page
from services.kit.requests.wire import identity
from services.llm.documents.model import MAX_PART_BYTES, MAX_QUERY, UploadIncomplete
from services.llm.documents.ports import Documents, Files
from services.llm.documents.retrieving import Retrieving
from services.llm.documents.uploading import Uploading
from services.llm.documents.watching import Watching
from services.llm.documents.wire import (
    OF_DOCUMENT,
    from_document,
    to_document,
    to_new_document,
    to_passage,
)
from services.llm.names import CollectionName, DocumentName
from services.llm.wanted import Knowledge
from services.llm.wire import reader, to_knowledge

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs

MAX_CHUNK = 1024 * 1024  # that is uploaded
CHUNK = 64 * 1024  # that is downloaded
PASSAGES = 10
MAX_PASSAGES = 50


class DocumentServicer(pb_grpc.DocumentServiceServicer):
    """Serves `parley.llm.v1.DocumentService`."""

    def __init__(
        self,
        documents: Documents,
        files: Files,
        *,
        watching: Watching,
        retrieving: Retrieving,
    ) -> None:
        self._documents = documents
        self._files = files
        self._watching = watching
        self._uploading = Uploading(documents, watching)
        self._retrieving = retrieving

    async def UploadDocument(
        self,
        request_iterator: AsyncIterator[pb.UploadDocumentRequest],
        context: Context,
    ) -> AsyncIterator[pb.UploadDocumentResponse]:
        start = await first(request_iterator)
        require_fields(start)
        (user_id,) = parse_name(start.parent, "users")
        left = require(user_id).expire_time - time()
        async with aclosing(
            self._uploading.upload(
                to_new_document(user_id, start.document),
                identity(start),
                chunks(request_iterator),
                seconds=left,
            )
        ) as steps:
            async for document in steps:
                yield pb.UploadDocumentResponse(document=to_document(document))

    async def CreateDocument(
        self, request: pb.CreateDocumentRequest, context: Context
    ) -> pb.CreateDocumentResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        created = await self._documents.create(
            to_new_document(user_id, request.document), identity(request)
        )
        return pb.CreateDocumentResponse(document=to_document(created))

    async def AppendDocument(
        self, request: pb.AppendDocumentRequest, context: Context
    ) -> pb.AppendDocumentResponse:
        name = DocumentName.parse(request.name)
        require(name.user_id)
        if len(request.data) > MAX_PART_BYTES:
            raise InvalidField(field="data", expected=f"1 to {MAX_PART_BYTES} bytes")
        if request.offset < 0:
            raise InvalidField(field="offset", expected="0 or more")
        stored = await self._documents.append(name, request.offset, request.data)
        return pb.AppendDocumentResponse(document=to_document(stored))

    async def WatchDocument(
        self, request: pb.WatchDocumentRequest, context: Context
    ) -> AsyncIterator[pb.WatchDocumentResponse]:
        name, caller = DocumentName.parse(request.name), current()
        left = caller.expire_time - time()
        async with aclosing(
            self._watching.watch(name, reader(), seconds=left)
        ) as steps:
            async for document in steps:
                yield pb.WatchDocumentResponse(document=to_document(document))

    async def GetDocument(
        self, request: pb.GetDocumentRequest, context: Context
    ) -> pb.GetDocumentResponse:
        name = DocumentName.parse(request.name)
        found = await self._documents.get(name, reader())
        return pb.GetDocumentResponse(document=to_document(found))

    async def ListDocuments(
        self, request: pb.ListDocumentsRequest, context: Context
    ) -> pb.ListDocumentsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        within = (
            CollectionName.parse(request.collection) if request.collection else None
        )
        page = Page.of(request, UUID)
        (before,) = page.after or (None,)
        found = await self._documents.page(
            reader(), within, before=before, limit=page.size + 1
        )
        return pb.ListDocumentsResponse(
            documents=[to_document(document) for document in found[: page.size]],
            next_page_token=page.next_token(found, lambda last: (last.name.id,)),
        )

    async def UpdateDocument(
        self, request: pb.UpdateDocumentRequest, context: Context
    ) -> pb.UpdateDocumentResponse:
        name = DocumentName.parse(request.document.name)
        require(name.user_id)
        fields = changed_fields(
            request.document, request.update_mask.paths, OF_DOCUMENT
        )
        changed = await self._documents.change(
            name, from_document(request.document, fields), identity(request)
        )
        return pb.UpdateDocumentResponse(document=to_document(changed))

    async def DeleteDocument(
        self, request: pb.DeleteDocumentRequest, context: Context
    ) -> pb.DeleteDocumentResponse:
        name = DocumentName.parse(request.name)
        require(name.user_id)
        await self._documents.delete(
            name, identity(request), allow_missing=request.allow_missing
        )
        return pb.DeleteDocumentResponse()

    async def ReindexDocument(
        self, request: pb.ReindexDocumentRequest, context: Context
    ) -> pb.ReindexDocumentResponse:
        name = DocumentName.parse(request.name)
        require(name.user_id)
        again = await self._documents.reindex(name, identity(request))
        return pb.ReindexDocumentResponse(document=to_document(again))

    async def ReadDocument(
        self, request: document_pb2.ReadDocumentRequest, context: Context
    ) -> document_pb2.ReadDocumentResponse:
        name, caller = DocumentName.parse(request.name), reader()
        for field in ("page", "offset"):
            if getattr(request, field) < 0:
                raise InvalidField(field=field, expected="0 or more")
        stretch = await self._files.text(
            name, caller, page=request.page, offset=request.offset
        )
        return document_pb2.ReadDocumentResponse(
            page=document_pb2.DocumentPage(
                page=stretch.page, text=stretch.text, start_offset=stretch.start
            ),
            document=to_document(await self._documents.get(name, caller)),
        )

    async def DownloadDocument(
        self, request: pb.DownloadDocumentRequest, context: Context
    ) -> AsyncIterator[pb.DownloadDocumentResponse]:
        name, caller = DocumentName.parse(request.name), reader()
        found = await self._documents.get(name, caller)
        if found.state == "uploading":
            raise UploadIncomplete(uploaded=found.uploaded_bytes)
        position = 0
        while position < found.size_bytes:
            part = await self._files.part(name, caller, position)
            for begin in range(0, len(part), CHUNK):
                yield pb.DownloadDocumentResponse(chunk=part[begin : begin + CHUNK])
            position += len(part)

    async def SearchDocuments(
        self, request: document_pb2.SearchDocumentsRequest, context: Context
    ) -> document_pb2.SearchDocumentsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        query = text("query", request.query, minimum=1, maximum=MAX_QUERY)
        if request.page_size < 0:
            raise InvalidPage(page_size=request.page_size)
        knowledge = to_knowledge("knowledge", request.knowledge)
        found = await self._retrieving.search(
            reader(),
            query,
            Knowledge(all=True) if knowledge.empty else knowledge,
            limit=min(request.page_size or PASSAGES, MAX_PASSAGES),
        )
        return document_pb2.SearchDocumentsResponse(
            passages=[to_passage(*numbered) for numbered in enumerate(found, start=1)]
        )


async def first(
    requests: AsyncIterator[pb.UploadDocumentRequest],
) -> pb.CreateDocumentRequest:
    """Read what an upload begins with."""
    async for request in requests:
        if request.WhichOneof("part") == "start":
            return request.start
        break
    raise InvalidField(field="start", expected="a value")


async def chunks(
    requests: AsyncIterator[pb.UploadDocumentRequest],
) -> AsyncIterator[bytes]:
    """Read what follows."""
    async for request in requests:
        if not 1 <= len(request.chunk) <= MAX_CHUNK:
            raise InvalidField(field="chunk", expected=f"1 to {MAX_CHUNK} bytes")
        yield request.chunk
