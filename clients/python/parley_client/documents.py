"""Documents, which answers can rest on."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from uuid import uuid4

from google.protobuf.field_mask_pb2 import FieldMask

from parley.llm.v1 import document_service_pb2 as pb
from parley.llm.v1.collection_service_pb2 import Collection
from parley.llm.v1.document_pb2 import (
    Document,
    Passage,
    ReadDocumentRequest,
    ReadDocumentResponse,
    SearchDocumentsRequest,
)
from parley.llm.v1.generation_pb2 import Knowledge
from parley_client.errors import DocumentFailed, typed_errors
from parley_client.names import name_of
from parley_client.pages import every
from parley_client.patience import Patience
from parley_client.session import Session
from parley_client.streams import Cut, responses
from parley_client.stubs import Stubs
from parley_client.uploading import Source, Uploading

# Told the document whenever it has got further.
Progress = Callable[[Document], None]


class Documents:
    """
    The documents of who is signed in, given as themselves, by name or by id.

    Those of a collection that somebody shares are given by name.
    """

    def __init__(self, stubs: Stubs, session: Session, patience: Patience) -> None:
        self._stubs = stubs.documents
        self._session = session
        self._patience = patience
        self._uploading = Uploading(stubs, patience)

    async def upload(
        self,
        file: Path | bytes,
        display_name: str = "",
        *,
        collection: Collection | str = "",
        progress: Progress = lambda document: None,
    ) -> Document:
        """
        Upload a file and wait until it can be searched; return it.

        A connection that breaks is mended, and what has arrived is not sent again.
        Raises `DocumentFailed` if the file cannot be read.
        """
        if isinstance(file, Path):
            display_name = display_name or file.name
        with await asyncio.to_thread(Source, file) as source:
            document = Document(
                display_name=display_name,
                collection=self._collection(collection),
                size_bytes=source.size,
            )
            steps = self._uploading.upload(self._session.user, document, source)
            async with aclosing(steps):
                async for document in steps:
                    progress(document)
        return readable(document)

    async def watch(
        self, document: Document | str, progress: Progress = lambda document: None
    ) -> Document:
        """Wait until a document can be searched; return it, or raise why not."""
        last = Document()
        async with aclosing(self._uploading.watch(self.name(document))) as steps:
            async for last in steps:
                progress(last)
        return readable(last)

    async def get(self, document: Document | str) -> Document:
        """Get a document, one's own or of a collection that is shared."""
        request = pb.GetDocumentRequest(name=self.name(document))
        with typed_errors():
            return (await self._stubs.GetDocument(request)).document

    def list(self, collection: Collection | str = "") -> AsyncIterator[Document]:
        """List all one's own documents, or those of a collection, newest first."""
        user, within = self._session.user, self._collection(collection)

        async def page(token: str) -> tuple[Iterable[Document], str]:
            request = pb.ListDocumentsRequest(
                parent=user, collection=within, page_token=token
            )
            answer = await self._stubs.ListDocuments(request)
            return answer.documents, answer.next_page_token

        return every(page)

    async def rename(self, document: Document | str, display_name: str) -> Document:
        """Give a document another name."""
        changed = Document(name=self.name(document), display_name=display_name)
        return await self._update(changed, "display_name")

    async def move(
        self, document: Document | str, collection: Collection | str
    ) -> Document:
        """Put a document into a collection; "" takes it out of any."""
        into = self._collection(collection)
        changed = Document(name=self.name(document), collection=into)
        return await self._update(changed, "collection")

    async def delete(
        self, document: Document | str, *, allow_missing: bool = False
    ) -> None:
        """Delete a document: the file, its text and all that finds it."""
        request = pb.DeleteDocumentRequest(
            name=self.name(document),
            allow_missing=allow_missing,
            request_id=str(uuid4()),
        )
        with typed_errors():
            await self._stubs.DeleteDocument(request)

    async def reindex(self, document: Document | str) -> Document:
        """Have a document read anew; `watch` waits until that is done."""
        request = pb.ReindexDocumentRequest(
            name=self.name(document), request_id=str(uuid4())
        )
        with typed_errors():
            return (await self._stubs.ReindexDocument(request)).document

    async def read(
        self, document: Document | str, *, page: int = 0, offset: int = 0
    ) -> ReadDocumentResponse:
        """Get the text of a page, or of the one that a place in the text lies on."""
        request = ReadDocumentRequest(
            name=self.name(document), page=page, offset=offset
        )
        with typed_errors():
            return await self._stubs.ReadDocument(request)

    async def download(self, document: Document | str) -> AsyncGenerator[bytes]:
        """Yield the file as it was uploaded; raises if it breaks off."""
        found = await self.get(document)
        request = pb.DownloadDocumentRequest(name=found.name)
        stream = responses(
            self._stubs.DownloadDocument(request), silence=self._patience.silence
        )
        received = 0
        async with aclosing(stream):
            async for response in stream:
                received += len(response.chunk)
                yield response.chunk
        if received != found.size_bytes:
            raise Cut("The file broke off.")

    async def save(self, document: Document | str, file: Path) -> None:
        """Download a document to a file, which is there whole or not at all."""
        part = file.with_name(f".{file.name}.part")
        try:
            with part.open("wb") as opened:
                async with aclosing(self.download(document)) as chunks:
                    async for chunk in chunks:
                        await asyncio.to_thread(opened.write, chunk)
            part.replace(file)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()

    async def search(
        self, query: str, knowledge: Knowledge | None = None, *, limit: int = 10
    ) -> Sequence[Passage]:
        """Find passages, the best first, everywhere or in some documents only."""
        request = SearchDocumentsRequest(
            parent=self._session.user,
            query=query,
            knowledge=knowledge,
            page_size=limit,
        )
        with typed_errors():
            return (await self._stubs.SearchDocuments(request)).passages

    def name(self, document: Document | str) -> str:
        """Return the resource name."""
        return name_of(document, f"{self._session.user}/documents")

    async def _update(self, document: Document, field: str) -> Document:
        request = pb.UpdateDocumentRequest(
            document=document,
            update_mask=FieldMask(paths=[field]),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.UpdateDocument(request)).document

    def _collection(self, given: Collection | str) -> str:
        return name_of(given, f"{self._session.user}/collections") if given else ""


def readable(document: Document) -> Document:
    """Return a document that is ready, or raise why it is not."""
    if document.state == Document.STATE_FAILED:
        raise DocumentFailed(document)
    return document
