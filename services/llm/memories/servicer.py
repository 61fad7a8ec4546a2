"""The gRPC surface of memories: request in, domain call, response out."""

from typing import Any
from uuid import UUID

from parley.llm.v1 import memory_service_pb2 as pb
from parley.llm.v1 import memory_service_pb2_grpc as pb_grpc
from services.kit.caller import require
from services.kit.lines import one_line
from services.kit.masks import changed_fields
from services.kit.names import parse_name
from services.kit.pages import Page
from services.kit.requests.wire import identity
from services.kit.times import timestamp
from services.llm.memories.model import MAX_MEMORY, Memory
from services.llm.memories.store import PostgresMemories
from services.llm.names import MemoryName

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs
MUTABLE = ("text",)


class MemoryServicer(pb_grpc.MemoryServiceServicer):
    """Serves `parley.llm.v1.MemoryService`."""

    def __init__(self, memories: PostgresMemories) -> None:
        self._memories = memories

    async def CreateMemory(
        self, request: pb.CreateMemoryRequest, context: Context
    ) -> pb.CreateMemoryResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        created = await self._memories.create(
            MemoryName.new(user_id),
            {"text": text_of(request.memory)},
            identity(request),
        )
        return pb.CreateMemoryResponse(memory=to_memory(user_id, created))

    async def GetMemory(
        self, request: pb.GetMemoryRequest, context: Context
    ) -> pb.GetMemoryResponse:
        name = MemoryName.parse(request.name)
        require(name.user_id)
        found = await self._memories.get(name)
        return pb.GetMemoryResponse(memory=to_memory(name.user_id, found))

    async def ListMemories(
        self, request: pb.ListMemoriesRequest, context: Context
    ) -> pb.ListMemoriesResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, UUID)
        found = await self._memories.page(
            user_id, after=page.after, limit=page.size + 1
        )
        return pb.ListMemoriesResponse(
            memories=[to_memory(user_id, each) for each in found[: page.size]],
            next_page_token=page.next_token(found, lambda last: (last.id,)),
        )

    async def UpdateMemory(
        self, request: pb.UpdateMemoryRequest, context: Context
    ) -> pb.UpdateMemoryResponse:
        name = MemoryName.parse(request.memory.name)
        require(name.user_id)
        fields = changed_fields(request.memory, request.update_mask.paths, MUTABLE)
        change = {field: text_of(request.memory) for field in fields}
        updated = await self._memories.update(name, change, identity(request))
        return pb.UpdateMemoryResponse(memory=to_memory(name.user_id, updated))

    async def DeleteMemory(
        self, request: pb.DeleteMemoryRequest, context: Context
    ) -> pb.DeleteMemoryResponse:
        name = MemoryName.parse(request.name)
        require(name.user_id)
        await self._memories.delete(
            name, identity(request), allow_missing=request.allow_missing
        )
        return pb.DeleteMemoryResponse()


def text_of(memory: pb.Memory) -> str:
    """Read a fact."""
    return one_line("memory.text", memory.text, minimum=1, maximum=MAX_MEMORY)


def to_memory(user_id: UUID, memory: Memory) -> pb.Memory:
    """Put a memory on the wire."""
    return pb.Memory(
        name=str(MemoryName(user_id, memory.id)),
        text=memory.text,
        create_time=timestamp(memory.create_time),
        update_time=timestamp(memory.update_time),
    )
