"""Real services inside a test's process, on ports of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import grpc

from parley.chat.v1 import conversation_service_pb2_grpc as conversations_grpc
from parley.chat.v1 import message_service_pb2_grpc as messages_grpc
from parley.llm.v1 import generation_service_pb2_grpc as llm_grpc
from services.chat.llm import LlmClient
from services.chat.replies import Replies
from services.chat.runs import Runs
from services.chat.servicer import ConversationServicer, MessageServicer
from services.chat.store.conversations import PostgresConversations
from services.chat.store.messages import PostgresMessages
from services.kit.interceptors import bearer
from services.kit.postgres import Database
from services.kit.server import serving
from services.llm.ports import Provider
from services.llm.servicer import GenerationServicer
from tests.identity import Identity

ANY_PORT = "127.0.0.1:0"


@asynccontextmanager
async def llm_serving(provider: Provider, identity: Identity) -> AsyncIterator[str]:
    """Serve llm over a provider; yield its address."""
    async with serving(
        partial(
            llm_grpc.add_GenerationServiceServicer_to_server,
            GenerationServicer(provider),
        ),
        services=("parley.llm.v1.GenerationService",),
        address=ANY_PORT,
        authenticate=bearer(identity.verifier()),
        drain_seconds=0,
    ) as port:
        yield f"127.0.0.1:{port}"


@asynccontextmanager
async def chat_serving(
    database_url: str,
    llm_address: str,
    identity: Identity,
    *,
    drain_seconds: float = 0,
) -> AsyncIterator[str]:
    """Serve chat over a database and llm; yield its address."""
    async with (
        Database.connect(database_url) as database,
        LlmClient.connect(llm_address) as llm,
        Runs.open(messages := PostgresMessages(database), llm) as runs,
        serving(
            partial(
                conversations_grpc.add_ConversationServiceServicer_to_server,
                ConversationServicer(PostgresConversations(database)),
            ),
            partial(
                messages_grpc.add_MessageServiceServicer_to_server,
                MessageServicer(messages, Replies(messages, runs)),
            ),
            services=("parley.chat.v1.MessageService",),
            address=ANY_PORT,
            authenticate=bearer(identity.verifier()),
            drain_seconds=drain_seconds,
        ) as port,
    ):
        yield f"127.0.0.1:{port}"


@asynccontextmanager
async def channel_to(address: str) -> AsyncIterator[grpc.aio.Channel]:
    """Open a channel for as long as the block runs."""
    async with grpc.aio.insecure_channel(address) as channel:
        yield channel
