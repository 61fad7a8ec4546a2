"""The gRPC surface of exports and imports: request in, domain call, response out."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from parley.chat.v1 import transfer_service_pb2 as pb
from parley.chat.v1 import transfer_service_pb2_grpc as pb_grpc
from services.chat.names import ConversationName
from services.chat.transfer import model
from services.chat.transfer.asides import told
from services.chat.transfer.exports import Exports
from services.chat.transfer.formats.beside import Told
from services.chat.transfer.formats.write import JsonWriter, MarkdownWriter, Writer
from services.chat.transfer.imports import Imports
from services.chat.transfer.wire import to_import_job, to_progress
from services.kit.caller import require
from services.kit.errors import InvalidField
from services.kit.names import InvalidName, parse_name
from services.kit.requests.wire import identity

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs

WRITERS: dict[int, Callable[[Told], Writer]] = {
    pb.ExportConversationsRequest.FORMAT_UNSPECIFIED: JsonWriter,
    pb.ExportConversationsRequest.FORMAT_JSON: JsonWriter,
    pb.ExportConversationsRequest.FORMAT_MARKDOWN: MarkdownWriter,
}


class TransferServicer(pb_grpc.TransferServiceServicer):
    """Serves `parley.chat.v1.TransferService`."""

    def __init__(self, exports: Exports, imports: Imports) -> None:
        self._exports = exports
        self._imports = imports

    async def ExportConversations(
        self, request: pb.ExportConversationsRequest, context: Context
    ) -> AsyncIterator[pb.ExportConversationsResponse]:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        if request.format not in WRITERS:
            raise InvalidField(field="format", expected="a format of this API")
        if len(request.conversations) > model.MAX_EXPORTED:
            expected = f"at most {model.MAX_EXPORTED} conversations"
            raise InvalidField(field="conversations", expected=expected)
        names = [ConversationName.parse(name) for name in request.conversations]
        for name in names:
            if name.user_id != user_id:
                expected = f"users/{user_id}/conversations/*"
                raise InvalidName(name=name, expected=expected)
        writer = WRITERS[request.format](told)
        async with aclosing(self._exports.file(user_id, names, writer)) as chunks:
            async for chunk in chunks:
                yield pb.ExportConversationsResponse(chunk=chunk)

    async def CreateImport(
        self, request: pb.CreateImportRequest, context: Context
    ) -> pb.CreateImportResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        size = request.import_job.size_bytes
        if size < 1:
            raise InvalidField(field="import_job.size_bytes", expected="1 or more")
        if size > model.MAX_FILE:
            raise model.ImportTooLarge(maximum=model.MAX_FILE)
        name = model.ImportName.new(user_id)
        job = await self._imports.create(name, size, identity(request))
        return pb.CreateImportResponse(import_job=to_import_job(name, job))

    async def UploadImport(
        self, request: pb.UploadImportRequest, context: Context
    ) -> pb.UploadImportResponse:
        name = model.ImportName.parse(request.name)
        require(name.user_id)
        if len(request.data) > model.MAX_PART:
            raise InvalidField(field="data", expected=f"1 to {model.MAX_PART} bytes")
        if request.offset < 0:
            raise InvalidField(field="offset", expected="0 or more")
        job = await self._imports.upload(name, request.offset, request.data)
        return pb.UploadImportResponse(import_job=to_import_job(name, job))

    async def RunImport(
        self, request: pb.RunImportRequest, context: Context
    ) -> AsyncIterator[pb.RunImportResponse]:
        name = model.ImportName.parse(request.name)
        require(name.user_id)
        async with aclosing(self._imports.run(name)) as steps:
            async for progress in steps:
                yield to_progress(progress)
