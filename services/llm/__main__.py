"""Run the llm service: `python -m services.llm`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from random import SystemRandom
from typing import Any

import grpc
import uvloop

from parley.auth.v1 import key_service_pb2 as keys_pb
from parley.auth.v1 import key_service_pb2_grpc as keys_grpc
from parley.auth.v1 import revocation_service_pb2 as revocations_pb
from parley.auth.v1 import revocation_service_pb2_grpc as revocations_grpc
from parley.llm.v1 import assistant_service_pb2_grpc as assistants_grpc
from parley.llm.v1 import collection_service_pb2_grpc as collections_grpc
from parley.llm.v1 import document_service_pb2_grpc as documents_grpc
from parley.llm.v1 import embedding_service_pb2_grpc as embeddings_grpc
from parley.llm.v1 import erasure_service_pb2_grpc as erasure_grpc
from parley.llm.v1 import generation_service_pb2_grpc as generation_grpc
from parley.llm.v1 import image_service_pb2_grpc as images_grpc
from parley.llm.v1 import memory_service_pb2_grpc as memories_grpc
from parley.llm.v1 import prompt_service_pb2_grpc as prompts_grpc
from parley.llm.v1 import speech_service_pb2_grpc as speech_grpc
from parley.llm.v1 import tool_service_pb2_grpc as tools_grpc
from services.kit import redis
from services.kit.caller import Verifier
from services.kit.interceptors import bearer
from services.kit.janitor import Janitor, Job
from services.kit.keys import trusted, verifying
from services.kit.postgres import Database
from services.kit.requests.store import forget as forget_requests
from services.kit.server import serving, until_stopped
from services.kit.settings import load
from services.kit.signals import Signals
from services.kit.telemetry import telemetry
from services.llm.assistants.servicer import AssistantServicer
from services.llm.assistants.store import PostgresAssistants
from services.llm.briefs import PostgresBriefs
from services.llm.context.filling import Windows
from services.llm.context.store import PostgresSummaries
from services.llm.context.store import forget as forget_summaries
from services.llm.context.summaries import ModelSummariser
from services.llm.documents.opening import knowledge
from services.llm.documents.reading.reader import child_reader
from services.llm.embeddings.servicer import EmbeddingServicer
from services.llm.erasure.erasing import Erasing
from services.llm.erasure.servicer import ErasureServicer
from services.llm.erasure.store import PostgresErasures
from services.llm.generation.answers import Answers
from services.llm.generation.servicer import GenerationServicer
from services.llm.media.servicers import ImageServicer, SpeechServicer
from services.llm.memories.servicer import MemoryServicer
from services.llm.memories.store import PostgresMemories
from services.llm.metering.meter import Meter
from services.llm.model import MAX_QUESTION
from services.llm.opening import (
    chat,
    embedder,
    images,
    index,
    provider,
    speech,
    tokenizers,
    tools,
)
from services.llm.prompts.servicer import PromptServicer
from services.llm.prompts.store import PostgresPrompts
from services.llm.providers.openai import client_session
from services.llm.settings import Settings
from services.llm.tools.servicer import ToolServicer

JANITOR = 7262211903
OWN_POOL = 4  # connections for what no caller waits for
PACKAGE = "parley.llm.v1"
NAMES = (
    "Generation",
    "Assistant",
    "Prompt",
    "Memory",
    "Collection",
    "Document",
    "Embedding",
    "Tool",
    "Speech",
    "Image",
    "Erasure",
)


async def ask_for_keys(channel: grpc.aio.Channel) -> keys_pb.GetJsonWebKeySetResponse:
    """Ask auth for the keys of access tokens."""
    stub: keys_grpc.KeyServiceAsyncStub = keys_grpc.KeyServiceStub(channel)
    return await stub.GetJsonWebKeySet(keys_pb.GetJsonWebKeySetRequest(), timeout=2)


def watch_revocations(channel: grpc.aio.Channel) -> Any:
    """Have auth say what it revokes."""
    stub: revocations_grpc.RevocationServiceAsyncStub
    stub = revocations_grpc.RevocationServiceStub(channel)
    return stub.WatchRevocations(revocations_pb.WatchRevocationsRequest())


@asynccontextmanager
async def serving_llm(settings: Settings, verifier: Verifier) -> AsyncIterator[int]:
    """Open what the service needs, serve while the block runs, and close in reverse."""
    async with (
        client_session() as session,
        Signals.connect(settings.redis_url) as signals,
        redis.connect(settings.redis_url) as cache,
        Database.connect(settings.database_url, announce=signals.publish) as database,
        # Callers who fill the pool do not keep documents from being read.
        Database.connect(
            settings.database_url,
            pool_size=OWN_POOL,
            announce=signals.publish,
            patient=True,
        ) as own_database,
        child_reader() as reader,
        index(settings, session, embeddings := embedder(settings, session)) as vectors,
        knowledge(
            database, own_database, reader=reader, index=vectors, signals=signals
        ) as known,
        ModelSummariser.open(
            model := provider(settings, session, cache),
            summaries := PostgresSummaries(database),
        ) as summariser,
        chat(settings) as talks,
        Meter.open(talks.holds if talks else None) as meter,
        tools(
            settings,
            database,
            signals,
            model,
            documents=known.retrieving,
            conversations=talks.conversations if talks else None,
            memories=(memories := PostgresMemories(database)),
        ) as called,
        Erasing.open(PostgresErasures(own_database), vectors) as erasing,
        serving(
            partial(
                generation_grpc.add_GenerationServiceServicer_to_server,
                GenerationServicer(
                    Answers(
                        model,
                        briefs=PostgresBriefs(
                            assistants := PostgresAssistants(database),
                            prompts := PostgresPrompts(database),
                            memories,
                            random := SystemRandom(),
                        ),
                        retriever=known.retrieving,
                        agent=called.agent,
                        windows=Windows(
                            tokenizers(settings),
                            summaries,
                            summariser,
                        ),
                        meter=meter,
                    )
                ),
            ),
            partial(
                assistants_grpc.add_AssistantServiceServicer_to_server,
                AssistantServicer(assistants),
            ),
            partial(
                prompts_grpc.add_PromptServiceServicer_to_server,
                PromptServicer(prompts, random),
            ),
            partial(
                memories_grpc.add_MemoryServiceServicer_to_server,
                MemoryServicer(memories),
            ),
            partial(
                collections_grpc.add_CollectionServiceServicer_to_server,
                known.collections,
            ),
            partial(
                documents_grpc.add_DocumentServiceServicer_to_server, known.documents
            ),
            partial(
                embeddings_grpc.add_EmbeddingServiceServicer_to_server,
                EmbeddingServicer(embeddings, meter),
            ),
            partial(
                tools_grpc.add_ToolServiceServicer_to_server,
                ToolServicer(called.catalogue, called.store),
            ),
            partial(
                speech_grpc.add_SpeechServiceServicer_to_server,
                SpeechServicer(speech(settings, session), meter),
            ),
            partial(
                images_grpc.add_ImageServiceServicer_to_server,
                ImageServicer(images(settings, session), meter),
            ),
            partial(
                erasure_grpc.add_ErasureServiceServicer_to_server,
                ErasureServicer(erasing),
            ),
            services=tuple(f"{PACKAGE}.{name}Service" for name in NAMES),
            address=settings.listen_address,
            authenticate=bearer(verifier),
            max_request_bytes=MAX_QUESTION,
            notice_seconds=settings.notice_seconds,
            drain_seconds=settings.drain_seconds,
        ) as port,
        Janitor.open(
            own_database,
            (
                *known.jobs,
                Job("forget requests", partial(forget_requests, own_database)),
                Job("forget summaries", partial(forget_summaries, own_database)),
                Job("forget calls of tools", called.store.forget),
            ),
            key=JANITOR,
        ),
    ):
        yield port


async def main(settings: Settings) -> None:
    """Serve until the process is told to stop."""
    with telemetry("llm", metrics_address=settings.metrics_address):
        async with (
            verifying(
                settings.auth_address,
                ask_for_keys,
                watch_revocations,
                trusted("chat", settings.trusted_keys_file, by="llm"),
            ) as verifier,
            serving_llm(settings, verifier),
        ):
            await until_stopped()


if __name__ == "__main__":
    uvloop.run(main(load(Settings)))
