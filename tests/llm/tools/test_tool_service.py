"""ToolService: which tools there are, which a user has, and what they agree to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from parley.llm.v1 import tool_service_pb2 as pb
from parley.llm.v1 import tool_service_pb2_grpc as pb_grpc
from services.kit.interceptors import bearer
from services.kit.server import serving
from services.llm.names import ToolCallName
from services.llm.tools.agent import ToolAgent
from services.llm.tools.approvals import Approvals
from services.llm.tools.catalogue import Catalogue
from services.llm.tools.model import ToolCallNotFound
from services.llm.tools.servicer import ToolServicer
from services.llm.tools.store import PostgresTools
from tests.calls import refusal
from tests.identity import Identity, bearing
from tests.llm.tools.conftest import ANYTHING, Given, tool
from tests.llm.tools.scripted import ScriptedProvider
from tests.serving import ANY_PORT, channel_to

Decision = pb.DecideToolCallRequest.Decision
TOOLS = [
    tool("wiki__search", server="wiki", approval=True),
    tool("calculator"),
    tool("wiki__edit", server="wiki", enabled=False),
    tool("web_fetch"),
]


@dataclass(frozen=True)
class Service:
    """The service as one user reaches it."""

    stub: pb_grpc.ToolServiceAsyncStub
    store: PostgresTools
    user_id: UUID
    me: tuple[tuple[str, str], ...]
    given: Given

    def name(self, tool: str) -> str:
        """Name a tool of the user."""
        return f"users/{self.user_id}/tools/{tool}"

    async def list(self, **request: Any) -> pb.ListToolsResponse:
        """List the tools."""
        request = {"parent": f"users/{self.user_id}", **request}
        return await self.stub.ListTools(
            pb.ListToolsRequest(**request), metadata=self.me
        )

    async def enabled(self) -> Mapping[str, bool]:
        """Say which tools the user has enabled."""
        listed = await self.list()
        return {each.name.split("/")[-1]: each.enabled for each in listed.tools}

    async def update(self, tool: str, enabled: bool, **request: Any) -> pb.Tool:
        """Enable or disable a tool."""
        changed = pb.Tool(name=tool, enabled=enabled)
        response = await self.stub.UpdateTool(
            pb.UpdateToolRequest(tool=changed, **request), metadata=self.me
        )
        return response.tool

    async def decide(self, name: object, decision: Decision.ValueType) -> None:
        """Decide about a call."""
        request = pb.DecideToolCallRequest(name=str(name), decision=decision)
        await self.stub.DecideToolCall(request, metadata=self.me)

    async def waiting(self) -> ToolCallName:
        """Have a call wait for the user."""
        name = ToolCallName.new(self.user_id)
        await self.store.ask(name, "wiki__search", seconds=60)
        return name


@asynccontextmanager
async def served(store: PostgresTools, given: Given) -> AsyncIterator[Service]:
    """Serve tools to a user."""
    identity, user_id = Identity(), uuid4()
    servicer = ToolServicer(Catalogue([given], store), store)
    async with (
        serving(
            partial(pb_grpc.add_ToolServiceServicer_to_server, servicer),
            services=("parley.llm.v1.ToolService",),
            address=ANY_PORT,
            authenticate=bearer(identity.verifier()),
            drain_seconds=0,
        ) as port,
        channel_to(f"127.0.0.1:{port}") as channel,
    ):
        stub: pb_grpc.ToolServiceAsyncStub = pb_grpc.ToolServiceStub(channel)
        me = bearing(identity.token(user_id))
        yield Service(stub, store, user_id, me, given)


@pytest.fixture
async def service(store: PostgresTools) -> AsyncIterator[Service]:
    """The service, with some tools."""
    async with served(store, Given([*TOOLS])) as service:
        yield service


async def test_tools_are_listed_built_in_first(service: Service):
    listed = (await service.list()).tools

    assert [each.name for each in listed] == [
        service.name(name)
        for name in ("calculator", "web_fetch", "wiki__edit", "wiki__search")
    ]
    assert listed[3] == pb.Tool(
        name=service.name("wiki__search"),
        display_name="Wiki__Search",
        description="What wiki__search does.",
        input_schema='{"type": "object"}',
        server="wiki",
        enabled=True,
        needs_approval=True,
    )


async def test_tools_are_listed_page_by_page_while_servers_come_and_go(
    service: Service,
):
    first = await service.list(page_size=3)
    service.given.found = [each for each in TOOLS if each.name != "calculator"]
    second = await service.list(page_size=3, page_token=first.next_page_token)

    names = [each.name.split("/")[-1] for each in (*first.tools, *second.tools)]
    assert names == ["calculator", "web_fetch", "wiki__edit", "wiki__search"]
    assert second.next_page_token == ""


async def test_a_user_enables_and_disables_tools_for_themselves(service: Service):
    assert await service.enabled() == {
        "calculator": True,
        "web_fetch": True,
        "wiki__edit": False,
        "wiki__search": True,
    }

    edit = await service.update(service.name("wiki__edit"), True)
    await service.update(
        service.name("calculator"), False, update_mask=FieldMask(paths=["enabled"])
    )

    assert edit.enabled
    assert await service.enabled() == {
        "calculator": False,
        "web_fetch": True,
        "wiki__edit": True,
        "wiki__search": True,
    }


async def test_a_model_is_offered_what_is_enabled_and_wanted(service: Service):
    await service.update(service.name("web_fetch"), False)
    agent = ToolAgent(
        ScriptedProvider(),
        Catalogue([service.given], service.store),
        Approvals(service.store, None),  # type: ignore[arg-type]  # nobody waits here
    )

    wanted = await agent.offered(
        service.user_id, ["calculator", "web_fetch", "wiki__edit", "none"]
    )
    unwanted = await agent.offered(service.user_id, [])

    assert [spec.name for spec in wanted] == ["calculator"]
    assert unwanted == []
    assert wanted[0].parameters == ANYTHING


async def test_a_retry_changes_nothing_again(service: Service):
    request_id, name = str(uuid4()), service.name("calculator")
    await service.update(name, False, request_id=request_id)
    await service.update(name, True)

    retried = await service.update(name, False, request_id=request_id)

    assert retried.enabled


async def test_a_request_id_is_for_one_request(service: Service):
    request_id, name = str(uuid4()), service.name("calculator")
    await service.update(name, False, request_id=request_id)

    refused = await refusal(service.update(name, True, request_id=request_id))

    assert refused.reason == "REQUEST_ID_REUSED"


async def test_a_tool_that_is_not_there_cannot_be_enabled(service: Service):
    refused = await refusal(service.update(service.name("none"), True))

    assert refused.code is grpc.StatusCode.NOT_FOUND
    assert refused.reason == "TOOL_NOT_FOUND"
    assert refused.metadata == {"tool": "none"}


async def test_only_enabled_changes(service: Service):
    mask = FieldMask(paths=["description"])

    refused = await refusal(
        service.update(service.name("calculator"), True, update_mask=mask)
    )

    assert refused.reason == "INVALID_FIELD"


@pytest.mark.parametrize(
    "name", ["", "tools/x", "users/x/tools/y", "users/{me}/tools/"]
)
async def test_a_name_that_is_none_is_refused(service: Service, name: str):
    named = name.replace("{me}", str(service.user_id))

    refused = await refusal(service.update(named, True))

    assert refused.reason in ("INVALID_NAME", "INVALID_FIELD")


async def test_another_users_tools_are_not_ones_own(service: Service):
    other = uuid4()
    calls = (
        service.list(parent=f"users/{other}"),
        service.update(f"users/{other}/tools/none", True),
        service.decide(ToolCallName.new(other), Decision.DECISION_APPROVE),
    )

    for call in calls:
        assert (await refusal(call)).reason == "FORBIDDEN"


async def test_the_first_decision_counts_and_the_same_again_is_harmless(
    service: Service,
):
    name = await service.waiting()

    await service.decide(name, Decision.DECISION_APPROVE)
    await service.decide(name, Decision.DECISION_APPROVE)
    other = await refusal(service.decide(name, Decision.DECISION_DENY))

    assert other.reason == "TOOL_CALL_NOT_FOUND"
    assert other.metadata == {"tool_call": str(name)}
    assert await service.store.decision(name) == "approved"


async def test_a_call_that_is_not_there_cannot_be_decided(service: Service):
    name = ToolCallName.new(service.user_id)

    refused = await refusal(service.decide(name, Decision.DECISION_DENY))

    assert refused.code is grpc.StatusCode.NOT_FOUND
    assert refused.reason == "TOOL_CALL_NOT_FOUND"


@pytest.mark.parametrize("decision", [0, 7])
async def test_a_decision_says_something(service: Service, decision: Any):
    name = await service.waiting()

    refused = await refusal(service.decide(name, decision))

    assert refused.reason == "INVALID_FIELD"
    assert await service.store.decision(name) is None


async def test_a_user_who_is_erased_leaves_nothing(service: Service):
    await service.update(service.name("calculator"), False)
    name = await service.waiting()
    await service.decide(name, Decision.DECISION_DENY)

    await service.store.erase(service.user_id)

    assert (await service.enabled())["calculator"]
    with pytest.raises(ToolCallNotFound):
        await service.store.decide(name, approved=False)
