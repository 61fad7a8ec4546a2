"""Real services inside a test's process, on ports of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import grpc

from parley.llm.v1 import generation_service_pb2_grpc as llm_grpc
from services.chat.__main__ import serving_chat
from services.chat.settings import Settings
from services.kit.interceptors import bearer
from services.kit.server import serving
from services.llm.generation.answers import Answers
from services.llm.generation.ports import Retriever
from services.llm.generation.servicer import GenerationServicer
from services.llm.metering.meter import Meter
from services.llm.metering.ports import Holds
from services.llm.model import MAX_QUESTION
from services.llm.ports import Provider
from tests.identity import Identity

ANY_PORT = "127.0.0.1:0"


@asynccontextmanager
async def llm_serving(
    provider: Provider,
    identity: Identity,
    holds: Holds | None = None,
    *,
    retriever: Retriever | None = None,
) -> AsyncIterator[str]:
    """Serve llm over a provider; yield its address."""
    async with (
        Meter.open(holds) as meter,
        serving(
            partial(
                llm_grpc.add_GenerationServiceServicer_to_server,
                GenerationServicer(Answers(provider, meter=meter, retriever=retriever)),
            ),
            services=("parley.llm.v1.GenerationService",),
            address=ANY_PORT,
            authenticate=bearer(identity.verifier(trusted=identity.trusted)),
            drain_seconds=0,
            max_request_bytes=MAX_QUESTION,
        ) as port,
    ):
        yield f"127.0.0.1:{port}"


@asynccontextmanager
async def chat_serving(
    database_url: str,
    llm_address: str,
    identity: Identity,
    *,
    redis_url: str,
    name: str = "chat-1",
    drain_seconds: float = 0,
    **more: Any,
) -> AsyncIterator[str]:
    """Serve chat over a database, Redis and llm; yield its address."""
    with NamedTemporaryFile() as key_file:
        key_file.write(identity.chat_key_pem)
        key_file.flush()
        settings = Settings(
            database_url=database_url,
            redis_url=redis_url,
            replica_name=name,
            auth_address="none:0",  # the verifier has its keys
            llm_address=llm_address,
            signing_key_file=Path(key_file.name),
            listen_address=ANY_PORT,
            metrics_address=ANY_PORT,
            drain_seconds=drain_seconds,
            **{"titles": False, **more},
        )
        verifier = identity.verifier(trusted=identity.trusted_by_chat)
        async with serving_chat(settings, verifier) as port:
            yield f"127.0.0.1:{port}"


@asynccontextmanager
async def channel_to(address: str) -> AsyncIterator[grpc.aio.Channel]:
    """Open a channel for as long as the block runs."""
    async with grpc.aio.insecure_channel(address) as channel:
        yield channel
