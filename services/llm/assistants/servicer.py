"""The gRPC surface of assistants: request in, domain call, response out."""

from typing import Any

from parley.llm.v1 import assistant_service_pb2 as pb
from parley.llm.v1 import assistant_service_pb2_grpc as pb_grpc
from services.kit.caller import require
from services.kit.masks import changed_fields
from services.kit.names import parse_name
from services.kit.requests.wire import identity
from services.llm.assistants.store import PostgresAssistants
from services.llm.assistants.wire import MUTABLE, from_assistant, to_assistant
from services.llm.kept.pages import by_name, place_by_name
from services.llm.names import AssistantName

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class AssistantServicer(pb_grpc.AssistantServiceServicer):
    """Serves `parley.llm.v1.AssistantService`."""

    def __init__(self, assistants: PostgresAssistants) -> None:
        self._assistants = assistants

    async def CreateAssistant(
        self, request: pb.CreateAssistantRequest, context: Context
    ) -> pb.CreateAssistantResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        created = await self._assistants.create(
            AssistantName.new(user_id),
            from_assistant(request.assistant, MUTABLE),
            identity(request),
        )
        return pb.CreateAssistantResponse(assistant=to_assistant(user_id, created))

    async def GetAssistant(
        self, request: pb.GetAssistantRequest, context: Context
    ) -> pb.GetAssistantResponse:
        name = AssistantName.parse(request.name)
        require(name.user_id)
        found = await self._assistants.get(name)
        return pb.GetAssistantResponse(assistant=to_assistant(name.user_id, found))

    async def ListAssistants(
        self, request: pb.ListAssistantsRequest, context: Context
    ) -> pb.ListAssistantsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = by_name(request)
        found = await self._assistants.page(
            user_id, after=page.after, limit=page.size + 1
        )
        return pb.ListAssistantsResponse(
            assistants=[to_assistant(user_id, each) for each in found[: page.size]],
            next_page_token=page.next_token(found, place_by_name),
        )

    async def UpdateAssistant(
        self, request: pb.UpdateAssistantRequest, context: Context
    ) -> pb.UpdateAssistantResponse:
        name = AssistantName.parse(request.assistant.name)
        require(name.user_id)
        fields = changed_fields(request.assistant, request.update_mask.paths, MUTABLE)
        change = from_assistant(request.assistant, fields)
        updated = await self._assistants.update(name, change, identity(request))
        return pb.UpdateAssistantResponse(assistant=to_assistant(name.user_id, updated))

    async def DeleteAssistant(
        self, request: pb.DeleteAssistantRequest, context: Context
    ) -> pb.DeleteAssistantResponse:
        name = AssistantName.parse(request.name)
        require(name.user_id)
        await self._assistants.delete(
            name, identity(request), allow_missing=request.allow_missing
        )
        return pb.DeleteAssistantResponse()
