"""Taking a file in as it comes, in one stream."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from services.kit.requests.model import Request
from services.llm.documents.model import MAX_PART_BYTES, Document, NewDocument
from services.llm.documents.ports import Documents
from services.llm.documents.watching import Watching
from services.llm.members import Member

ENOUGH = 64 * 1024  # bytes to make a part of; fewer wait for more


class Uploading:
    """Stores what comes of a file, then follows how it is processed."""

    def __init__(self, documents: Documents, watching: Watching) -> None:
        self._documents = documents
        self._watching = watching

    async def upload(
        self,
        new: NewDocument,
        request: Request,
        chunks: AsyncIterator[bytes],
        *,
        seconds: float,
    ) -> AsyncGenerator[Document]:
        """
        Yield how far it is.

        A retry goes on where the first try was cut: it begins with the file's first
        byte all the same, and what is there already is passed over.
        """
        document = await self._documents.create(new, request)
        yield document
        begun, received, waiting = document.uploaded_bytes, 0, bytearray()
        try:
            async for chunk in chunks:
                waiting += chunk[max(0, begun - received) :]
                received += len(chunk)
                whole = received >= document.size_bytes
                while waiting and (whole or len(waiting) >= ENOUGH):
                    document = await self._append(document, waiting)
                    yield document
                if whole:
                    break
            # A caller who leaves may end the stream first, and cancel this only then.
            document = await self._keep(document, waiting)
        except (asyncio.CancelledError, GeneratorExit):
            await self._keep(document, waiting)
            raise
        if document.state == "uploading":  # the stream ended before the file did
            yield document
            return
        name = document.name
        async with aclosing(
            self._watching.watch(name, Member(name.user_id), seconds=seconds)
        ) as steps:
            async for document in steps:
                yield document

    async def _keep(self, document: Document, waiting: bytearray) -> Document:
        """Store what was received before the stream ended."""
        while waiting:
            document = await self._append(document, waiting)
        return document

    async def _append(self, document: Document, waiting: bytearray) -> Document:
        """Store as much of what waits as a part may hold."""
        part = bytes(waiting[:MAX_PART_BYTES])
        document = await self._documents.append(
            document.name, document.uploaded_bytes, part
        )
        del waiting[: len(part)]
        return document
