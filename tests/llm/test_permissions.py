"""A model reads for somebody what they may read themselves, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.json_format import ParseDict

from parley.llm.v1 import assistant_service_pb2 as assistant_pb
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.kit.delegation import Delegation
from services.llm.providers.openai import OpenAiProvider
from tests.calls import everything, refusal
from tests.identity import CHAT, Identity, bearing
from tests.llm.kept.conftest import Keeping, keeping
from tests.serving import channel_to, llm_serving

__all__ = ["keeping"]

USER = UUID("0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1b")
DOCUMENT = f"users/{USER}/documents/{uuid4()}"
COLLECTION = f"users/{USER}/collections/{uuid4()}"
READING: list[tuple[str, dict[str, Any]]] = [
    ("knowledge", {"options": {"knowledge": {"all": True}}}),
    ("knowledge", {"options": {"knowledge": {"documents": [DOCUMENT]}}}),
    ("knowledge", {"options": {"knowledge": {"collections": [COLLECTION]}}}),
    ("knowledge", {"options": {"tools": ["tools/search_documents"]}}),
    ("chat", {"options": {"tools": ["tools/search_conversations"]}}),
    ("knowledge", {"turns": [{"role": "ROLE_USER", "attachments": [DOCUMENT]}]}),
]


@pytest.fixture
def identity() -> Identity:
    return Identity()


@pytest.fixture
async def stub(
    provider: OpenAiProvider, identity: Identity
) -> AsyncIterator[pb_grpc.GenerationServiceAsyncStub]:
    async with (
        llm_serving(provider, identity) as address,
        channel_to(address) as channel,
    ):
        yield pb_grpc.GenerationServiceStub(channel)


def key(identity: Identity, *, without: str, user: UUID = USER) -> Any:
    """Show what an API key with all other scopes is exchanged for."""
    scope = " ".join({"chat", "knowledge", "tools"} - {without})
    return bearing(identity.sign({**identity.claims(user), "scope": scope}))


def asking(said: dict[str, Any]) -> pb.GenerateRequest:
    turns = {"turns": [{"role": "ROLE_USER", "text": "Hi"}]}
    return ParseDict({**turns, **said}, pb.GenerateRequest())


@pytest.mark.asvs("8.2.1", "8.3.3", "10.3.2")
@pytest.mark.parametrize(("permission", "said"), READING)
async def test_a_key_has_nothing_read_that_it_may_not_read(
    stub: pb_grpc.GenerationServiceAsyncStub,
    identity: Identity,
    permission: str,
    said: dict[str, Any],
):
    me = key(identity, without=permission)
    count = pb.CountTokensRequest(generation=asking(said))

    refused = [
        await refusal(stub.Generate(asking(said), metadata=me)),
        await refusal(stub.CountTokens(count, metadata=me)),
    ]

    assert {each.reason for each in refused} == {"PERMISSION_MISSING"}
    assert {each.metadata["permission"] for each in refused} == {permission}
    assert await everything(stub.Generate(asking({}), metadata=me))


async def test_chat_has_asked_before(
    stub: pb_grpc.GenerationServiceAsyncStub, identity: Identity
):
    chat = bearing(Delegation(identity.chat_key, CHAT).token(USER))
    said = {"options": {"knowledge": {"all": True}}}

    assert await everything(stub.Generate(asking(said), metadata=chat))


@pytest.mark.asvs("8.2.1")
async def test_a_key_makes_no_assistant_of_what_it_may_not_read(keeping: Keeping):
    me = key(keeping.identity, without="knowledge", user=keeping.user)
    assistant = assistant_pb.Assistant(display_name="A reader")
    assistant.knowledge.all = True
    request = assistant_pb.CreateAssistantRequest(
        parent=keeping.parent, assistant=assistant
    )

    refused = await refusal(keeping.assistants.CreateAssistant(request, metadata=me))

    assert refused.reason == "PERMISSION_MISSING"
