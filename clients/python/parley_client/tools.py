"""Tools, which models may call."""

from collections.abc import AsyncIterator, Iterable
from uuid import uuid4

from google.protobuf.field_mask_pb2 import FieldMask

from parley.llm.v1 import tool_service_pb2 as pb
from parley.llm.v1.generation_pb2 import ToolCall
from parley.llm.v1.tool_service_pb2 import Tool
from parley_client.errors import typed_errors
from parley_client.names import id_of
from parley_client.pages import every
from parley_client.patience import Patience, persistently
from parley_client.session import Session
from parley_client.stubs import Stubs


class Tools:
    """The tools as who is signed in has them, given as themselves, by name or id."""

    def __init__(self, stubs: Stubs, session: Session, patience: Patience) -> None:
        self._stubs = stubs.tools
        self._session = session
        self._patience = patience

    def list(self) -> AsyncIterator[Tool]:
        """List the tools that the operator allows."""
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[Tool], str]:
            request = pb.ListToolsRequest(parent=user, page_token=token)
            answer = await self._stubs.ListTools(request)
            return answer.tools, answer.next_page_token

        return every(page)

    async def enable(self, tool: Tool | str, *, enabled: bool = True) -> Tool:
        """Let models be offered a tool, or not."""
        request = pb.UpdateToolRequest(
            tool=Tool(
                name=f"{self._session.user}/tools/{id_of(tool)}", enabled=enabled
            ),
            # Said, because what is off looks as if it were not there.
            update_mask=FieldMask(paths=["enabled"]),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.UpdateTool(request)).tool

    async def decide(self, call: ToolCall | str, *, approve: bool) -> None:
        """Say whether a call that waits for it may be made."""
        decision = pb.DecideToolCallRequest
        request = pb.DecideToolCallRequest(
            name=call if isinstance(call, str) else call.name,
            decision=decision.DECISION_APPROVE if approve else decision.DECISION_DENY,
        )

        async def decide() -> None:
            with typed_errors():
                await self._stubs.DecideToolCall(request)

        await persistently(self._patience, decide)
