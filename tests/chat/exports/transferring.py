"""Exports and imports as one signed-in user reaches them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID, uuid4

import grpc
import psycopg
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)

from parley.chat.v1 import transfer_service_pb2 as pb
from parley.chat.v1 import transfer_service_pb2_grpc as pb_grpc
from services.chat.transfer.asides import heard
from services.chat.transfer.export_store import PostgresExported
from services.chat.transfer.exports import Exports
from services.chat.transfer.imports import Imports
from services.chat.transfer.servicer import TransferServicer
from services.chat.transfer.slots import Slots
from services.chat.transfer.store import PostgresImports
from services.kit.interceptors import bearer
from services.kit.postgres import Database
from services.kit.server import serving
from tests.identity import Identity, bearing
from tests.serving import ANY_PORT, channel_to

PART = 256 * 1024
JSON = pb.ExportConversationsRequest.FORMAT_JSON
MARKDOWN = pb.ExportConversationsRequest.FORMAT_MARKDOWN
Metadata = tuple[tuple[str, str], ...]


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Transfer:
    """TransferService as one user reaches it."""

    user: UUID
    me: Metadata
    channel: grpc.aio.Channel
    database_url: str

    @property
    def stub(self) -> pb_grpc.TransferServiceAsyncStub:
        """The stub."""
        return pb_grpc.TransferServiceStub(self.channel)

    @property
    def name(self) -> str:
        """The user's name."""
        return f"users/{self.user}"

    async def create(self, size: int, *, request_id: str = "") -> str:
        """Begin an import; return its name."""
        created = await self.stub.CreateImport(
            pb.CreateImportRequest(
                parent=self.name,
                import_job=pb.ImportJob(size_bytes=size),
                request_id=request_id,
            ),
            metadata=self.me,
        )
        return created.import_job.name

    async def upload(self, name: str, offset: int, data: bytes) -> pb.ImportJob:
        """Upload a part."""
        uploaded = await self.stub.UploadImport(
            pb.UploadImportRequest(name=name, offset=offset, data=data),
            metadata=self.me,
        )
        return uploaded.import_job

    async def uploaded(self, file: bytes, *, part: int = PART) -> str:
        """Upload a file; return the import's name."""
        name = await self.create(len(file))
        for offset in range(0, len(file), part):
            await self.upload(name, offset, file[offset : offset + part])
        return name

    def run(
        self, name: str
    ) -> grpc.aio.UnaryStreamCall[pb.RunImportRequest, pb.RunImportResponse]:
        """Run an import."""
        return self.stub.RunImport(pb.RunImportRequest(name=name), metadata=self.me)

    async def imported(self, file: bytes) -> Imported:
        """Import a file."""
        steps = [step async for step in self.run(await self.uploaded(file))]
        return Imported(
            last=steps[-1],
            skipped=[each for step in steps for each in step.skipped],
        )

    def export(
        self, *names: str, format: pb.ExportConversationsRequest.Format.ValueType = JSON
    ) -> grpc.aio.UnaryStreamCall[
        pb.ExportConversationsRequest, pb.ExportConversationsResponse
    ]:
        """Export conversations."""
        request = pb.ExportConversationsRequest(
            parent=self.name, format=format, conversations=names
        )
        return self.stub.ExportConversations(request, metadata=self.me)

    async def exported(self) -> list[dict[str, Any]]:
        """Return what is exported of everything."""
        file = b"".join([each.chunk async for each in self.export()])
        document = json.loads(file)
        assert document["format"] == "parley"
        return list(document["conversations"])

    async def markdown(self, *names: str) -> str:
        """Return what is exported to read."""
        chunks = self.export(*names, format=MARKDOWN)
        return b"".join([each.chunk async for each in chunks]).decode()

    async def rows(self, query: LiteralString) -> list[tuple[Any, ...]]:
        """Ask the database about the user: `%(user)s`."""
        async with await psycopg.AsyncConnection.connect(
            self.database_url, autocommit=True
        ) as connection:
            cursor = await connection.execute(query, {"user": self.user})
            return await cursor.fetchall() if cursor.description else []


@dataclass(frozen=True)
class Imported:
    """How an import went."""

    last: pb.RunImportResponse
    skipped: list[pb.RunImportResponse.Skipped]

    @property
    def done(self) -> tuple[bool, str]:
        """Whether it is complete, and why not."""
        assert self.last.HasField("done")
        return self.last.done.complete, self.last.done.problem

    @property
    def counts(self) -> tuple[int, int]:
        """How many conversations and messages came."""
        return self.last.imported_conversations, self.last.imported_messages


@asynccontextmanager
async def transfer_serving(database_url: str, identity: Identity) -> AsyncIterator[str]:
    """Serve TransferService over a database; yield its address."""
    async with (
        Database.connect(database_url) as database,
        serving(
            partial(
                pb_grpc.add_TransferServiceServicer_to_server,
                TransferServicer(
                    Exports(PostgresExported(database), Slots(2)),
                    Imports(PostgresImports(database), Slots(2), now, heard),
                ),
            ),
            services=("parley.chat.v1.TransferService",),
            address=ANY_PORT,
            authenticate=bearer(identity.verifier()),
            drain_seconds=0,
        ) as port,
    ):
        yield f"127.0.0.1:{port}"


@asynccontextmanager
async def transferring(
    database_url: str, identity: Identity
) -> AsyncIterator[Transfer]:
    """Serve it to a user who signed up just now."""
    async with (
        transfer_serving(database_url, identity) as address,
        channel_to(address) as channel,
    ):
        yield someone(channel, identity, database_url)


def someone(
    channel: grpc.aio.Channel, identity: Identity, database_url: str
) -> Transfer:
    """Make a user of it."""
    user = uuid4()
    return Transfer(user, bearing(identity.token(user)), channel, database_url)


def sample(name: str) -> bytes:
    """Return a file of this folder."""
    return (Path(__file__).parent / name).read_bytes()


def patiently() -> AsyncRetrying:
    """Call again until it is no longer refused."""
    return AsyncRetrying(
        retry=retry_if_exception_type(grpc.aio.AioRpcError),
        stop=stop_after_delay(20),
        wait=wait_fixed(0.02),
        reraise=True,
    )
