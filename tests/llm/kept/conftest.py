"""What users keep, over real Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from uuid import UUID, uuid4

import pytest

from parley.llm.v1 import assistant_service_pb2_grpc as assistants_grpc
from parley.llm.v1 import memory_service_pb2_grpc as memories_grpc
from parley.llm.v1 import prompt_service_pb2_grpc as prompts_grpc
from services.kit.interceptors import bearer
from services.kit.postgres import Database
from services.kit.server import serving
from services.llm.assistants.servicer import AssistantServicer
from services.llm.assistants.store import PostgresAssistants
from services.llm.briefs import PostgresBriefs
from services.llm.memories.servicer import MemoryServicer
from services.llm.memories.store import PostgresMemories
from services.llm.prompts.servicer import PromptServicer
from services.llm.prompts.store import PostgresPrompts
from tests.identity import Identity, bearing
from tests.serving import ANY_PORT, channel_to


@dataclass(frozen=True)
class Keeping:
    """The services as one user reaches them, and what they make of it."""

    user: UUID
    me: tuple[tuple[str, str], ...]
    prompts: prompts_grpc.PromptServiceAsyncStub
    assistants: assistants_grpc.AssistantServiceAsyncStub
    memories: memories_grpc.MemoryServiceAsyncStub
    briefs: PostgresBriefs
    identity: Identity

    @property
    def parent(self) -> str:
        """The user's name."""
        return f"users/{self.user}"

    def somebody_else(self) -> Keeping:
        """The same services, for another user."""
        other = uuid4()
        me = bearing(self.identity.token(other))
        return replace(self, user=other, me=me)


@pytest.fixture
async def keeping(llm_database: str) -> AsyncIterator[Keeping]:
    """Serve them."""
    identity, user, random = Identity(), uuid4(), Random(7)  # noqa: S311 - chooses versions, no secrets
    async with Database.connect(llm_database) as database:
        prompts = PostgresPrompts(database)
        assistants, memories = PostgresAssistants(database), PostgresMemories(database)
        async with (
            serving(
                partial(
                    prompts_grpc.add_PromptServiceServicer_to_server,
                    PromptServicer(prompts, random),
                ),
                partial(
                    assistants_grpc.add_AssistantServiceServicer_to_server,
                    AssistantServicer(assistants),
                ),
                partial(
                    memories_grpc.add_MemoryServiceServicer_to_server,
                    MemoryServicer(memories),
                ),
                services=(),
                address=ANY_PORT,
                authenticate=bearer(identity.verifier()),
                drain_seconds=0,
            ) as port,
            channel_to(f"127.0.0.1:{port}") as channel,
        ):
            yield Keeping(
                user,
                bearing(identity.token(user)),
                prompts_grpc.PromptServiceStub(channel),
                assistants_grpc.AssistantServiceStub(channel),
                memories_grpc.MemoryServiceStub(channel),
                PostgresBriefs(assistants, prompts, memories, random),
                identity,
            )
