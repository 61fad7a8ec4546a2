"""A file on its way into Parley, whatever happens to the connection."""

import asyncio
import io
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import BinaryIO, Self
from uuid import uuid4

import grpc

from parley.llm.v1 import document_service_pb2 as pb
from parley.llm.v1.document_pb2 import Document
from parley_client.errors import ParleyError, typed_errors
from parley_client.patience import Patience, Tries, persistently
from parley_client.streams import Cut, responses
from parley_client.stubs import Stubs

PART_BYTES = 256 * 1024
ENDED = (Document.STATE_READY, Document.STATE_FAILED)


class Source:
    """The bytes of a file, read where they are needed."""

    def __init__(self, file: Path | bytes) -> None:
        self._opened: BinaryIO = (
            io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")
        )
        self.size = (
            len(file)
            if isinstance(file, bytes)
            else os.fstat(self._opened.fileno()).st_size
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()

    async def part(self, offset: int) -> bytes:
        """Read the part that begins there; nothing at the end."""

        def read() -> bytes:
            self._opened.seek(offset)
            # One that grows meanwhile is taken as it was.
            return self._opened.read(min(PART_BYTES, self.size - offset))

        return await asyncio.to_thread(read)


class Uploading:
    """Uploads files, and follows documents until they are ready."""

    def __init__(self, stubs: Stubs, patience: Patience) -> None:
        self._stubs = stubs.documents
        self._patience = patience

    async def upload(
        self, user: str, document: Document, source: Source
    ) -> AsyncGenerator[Document]:
        """
        Yield how far a file is, until it can be searched or could not be read.

        As one stream while that holds; then part after part, from where it was cut.
        """
        start = pb.CreateDocumentRequest(
            parent=user, document=document, request_id=str(uuid4())
        )
        try:
            async with aclosing(self._stream(start, source)) as steps:
                async for document in steps:
                    yield document
                    if document.state in ENDED:
                        return
        except ParleyError as error:
            # A call of one request can be made again with another token.
            stale = error.code is grpc.StatusCode.UNAUTHENTICATED
            if not stale and not error.temporary:
                raise
        async with aclosing(self._go_on(start, source)) as steps:
            async for document in steps:
                yield document

    async def watch(self, name: str) -> AsyncGenerator[Document]:
        """Yield a document whenever it changes, until it is ready or has failed."""
        tries = Tries(self._patience)
        while True:
            try:
                call = self._stubs.WatchDocument(pb.WatchDocumentRequest(name=name))
                stream = responses(call, silence=self._patience.silence)
                async with aclosing(stream):
                    async for response in stream:
                        tries.came()
                        yield response.document
                        if response.document.state in ENDED:
                            return
                raise Cut("The stream broke off.")
            except ParleyError as error:
                if not error.temporary and error.retry_delay is None:
                    raise
                await tries.wait(error)

    async def _stream(
        self, start: pb.CreateDocumentRequest, source: Source
    ) -> AsyncGenerator[Document]:
        taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        call = self._stubs.UploadDocument(requests(start, source, taken))
        stream = responses(call, silence=self._patience.silence)
        try:
            async with aclosing(stream):
                async for response in stream:
                    if not taken.done():
                        taken.set_result(True)
                    yield response.document
        finally:
            if not taken.done():
                taken.set_result(False)

    async def _go_on(
        self, start: pb.CreateDocumentRequest, source: Source
    ) -> AsyncGenerator[Document]:
        document = await self._create(start)
        yield document
        while document.state == Document.STATE_UPLOADING:
            part = await source.part(document.uploaded_bytes)
            document = await self._append(document, part)
            yield document
        if document.state in ENDED:
            return
        async with aclosing(self.watch(document.name)) as steps:
            async for document in steps:
                yield document

    async def _create(self, start: pb.CreateDocumentRequest) -> Document:
        """Begin, or learn how much is there of what was begun with this id."""

        async def call() -> Document:
            with typed_errors():
                return (await self._stubs.CreateDocument(start)).document

        created = await persistently(self._patience, call)

        async def get() -> Document:
            request = pb.GetDocumentRequest(name=created.name)
            with typed_errors():
                return (await self._stubs.GetDocument(request)).document

        # What was answered to the id the first time may be all that is remembered.
        return await persistently(self._patience, get)

    async def _append(self, document: Document, part: bytes) -> Document:
        request = pb.AppendDocumentRequest(
            name=document.name, offset=document.uploaded_bytes, data=part
        )

        async def call() -> Document:
            with typed_errors():
                return (await self._stubs.AppendDocument(request)).document

        try:
            return await persistently(self._patience, call)
        except ParleyError as error:
            expected = error.metadata.get("expected", "")
            if error.reason != "UPLOAD_OUT_OF_ORDER" or not expected.isdecimal():
                raise
            # The cut stream was not over yet when it was asked how much is there.
            if int(expected) <= document.uploaded_bytes:
                raise
            further = Document()
            further.CopyFrom(document)
            further.uploaded_bytes = int(expected)
            return further


async def requests(
    start: pb.CreateDocumentRequest, source: Source, taken: asyncio.Future[bool]
) -> AsyncIterator[pb.UploadDocumentRequest]:
    """
    Yield what an upload consists of; the file once Parley has said that it takes it.

    gRPC makes a broken connection of a refusal that comes while something is sent.
    """
    yield pb.UploadDocumentRequest(start=start)
    if not await taken:
        return
    offset = 0
    while part := await source.part(offset):
        yield pb.UploadDocumentRequest(chunk=part)
        offset += len(part)
