"""Taking conversations out of Parley, and bringing them in."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Literal
from uuid import uuid4

from parley.chat.v1 import transfer_service_pb2 as pb
from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.transfer_service_pb2 import ImportJob, RunImportResponse
from parley_client.errors import ParleyError, typed_errors
from parley_client.names import name_of
from parley_client.patience import Patience, Tries, persistently
from parley_client.session import Session
from parley_client.streams import Cut, responses
from parley_client.stubs import Stubs

PART_BYTES = 256 * 1024
FORMATS = {
    "json": pb.ExportConversationsRequest.FORMAT_JSON,
    "markdown": pb.ExportConversationsRequest.FORMAT_MARKDOWN,
}

# Told how many bytes of how many are uploaded.
Progress = Callable[[int, int], None]


class Transfer:
    """Exports and imports of who is signed in."""

    def __init__(self, stubs: Stubs, session: Session, patience: Patience) -> None:
        self._stubs = stubs.transfer
        self._session = session
        self._patience = patience

    async def export(
        self,
        conversations: Sequence[Conversation | str] = (),
        *,
        format: Literal["json", "markdown"] = "json",
    ) -> AsyncGenerator[bytes]:
        """Yield a file with these conversations, at most 100, or with all."""
        user = self._session.user
        request = pb.ExportConversationsRequest(
            parent=user,
            format=FORMATS[format],
            conversations=[name_of(c, f"{user}/conversations") for c in conversations],
        )
        stream = responses(
            self._stubs.ExportConversations(request), silence=self._patience.silence
        )
        async with aclosing(stream):
            async for response in stream:
                yield response.chunk

    async def upload(self, file: Path, progress: Progress) -> ImportJob:
        """Upload a file that is to be imported; see `run`."""
        with file.open("rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            job = await self._create(size)
            progress(0, size)
            while part := await asyncio.to_thread(opened.read, PART_BYTES):
                job = await self._upload(job, part)
                progress(job.uploaded_bytes, size)
        return job

    async def run(self, job: ImportJob) -> AsyncGenerator[RunImportResponse]:
        """
        Have an uploaded file read; yield how far that is, the last with `done`.

        What was skipped is told once. A connection that breaks is mended.
        """
        request = pb.RunImportRequest(name=job.name)
        tries = Tries(self._patience)
        while True:
            try:
                stream = responses(
                    self._stubs.RunImport(request), silence=self._patience.silence
                )
                async with aclosing(stream):
                    async for response in stream:
                        tries.came()
                        yield response
                        if response.HasField("done"):
                            return
                raise Cut("The stream broke off.")
            except ParleyError as error:
                # It may be that nobody has told the run yet that we are gone.
                if not error.temporary and error.reason != "IMPORT_RUNNING":
                    raise
                await tries.wait(error)

    async def _create(self, size: int) -> ImportJob:
        request = pb.CreateImportRequest(
            parent=self._session.user,
            import_job=ImportJob(size_bytes=size),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.CreateImport(request)).import_job

    async def _upload(self, job: ImportJob, part: bytes) -> ImportJob:
        request = pb.UploadImportRequest(
            name=job.name, offset=job.uploaded_bytes, data=part
        )

        async def call() -> ImportJob:
            with typed_errors():
                return (await self._stubs.UploadImport(request)).import_job

        return await persistently(self._patience, call)
