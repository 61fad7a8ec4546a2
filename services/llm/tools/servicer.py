"""The gRPC surface of tools: request in, domain call, response out."""

from typing import Any

from parley.llm.v1 import tool_service_pb2 as pb
from parley.llm.v1 import tool_service_pb2_grpc as pb_grpc
from services.kit.caller import require
from services.kit.names import parse_name
from services.kit.pages import Page
from services.kit.requests.wire import identity
from services.llm.names import ToolCallName
from services.llm.tools.catalogue import Catalogue
from services.llm.tools.ports import Decisions
from services.llm.tools.wire import parse_tool, require_mask, to_decision, to_tool

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class ToolServicer(pb_grpc.ToolServiceServicer):
    """Serves `parley.llm.v1.ToolService`."""

    def __init__(self, catalogue: Catalogue, decisions: Decisions) -> None:
        self._catalogue = catalogue
        self._decisions = decisions

    async def ListTools(
        self, request: pb.ListToolsRequest, context: Context
    ) -> pb.ListToolsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, str, str)
        after = page.after or ("", "")
        tools = await self._catalogue.of(user_id)
        found = [tool for tool in tools if tool.tool.place > after][: page.size + 1]
        return pb.ListToolsResponse(
            tools=[to_tool(user_id, tool) for tool in found[: page.size]],
            next_page_token=page.next_token(found, lambda last: last.tool.place),
        )

    async def UpdateTool(
        self, request: pb.UpdateToolRequest, context: Context
    ) -> pb.UpdateToolResponse:
        user_id, name = parse_tool(request.tool.name)
        require(user_id)
        require_mask(request.update_mask.paths)
        tool = await self._catalogue.choose(
            user_id, name, identity(request), enabled=request.tool.enabled
        )
        return pb.UpdateToolResponse(tool=to_tool(user_id, tool))

    async def DecideToolCall(
        self, request: pb.DecideToolCallRequest, context: Context
    ) -> pb.DecideToolCallResponse:
        name = ToolCallName.parse(request.name)
        require(name.user_id)
        await self._decisions.decide(name, approved=to_decision(request.decision))
        return pb.DecideToolCallResponse()
