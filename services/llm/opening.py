"""The parts of llm, by what is configured."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from redis.asyncio import Redis

from services.kit.caller import delegate
from services.kit.channels import channel_to
from services.kit.delegation import Delegation
from services.kit.jwk import read_signing_key
from services.kit.postgres import Database
from services.kit.signals import Signals
from services.llm.catalogue.environment import Environment, catalogue_of
from services.llm.catalogue.factories import Making, made
from services.llm.catalogue.file import read_models
from services.llm.catalogue.model import Catalogue
from services.llm.context.tokenizers import Tokenizers
from services.llm.documents.index.connection import connect as connect_milvus
from services.llm.documents.index.meaning import Meaning
from services.llm.documents.index.milvus import MilvusIndex
from services.llm.documents.index.rerank import Reranker
from services.llm.embeddings.endpoint import EmbeddingEndpoint
from services.llm.guards.composing import Limits, composed
from services.llm.guards.rulebook import NO_RULES, read_rules
from services.llm.media.endpoint import Endpoint
from services.llm.media.images import Images
from services.llm.media.model import ImagesUnavailable, SpeechUnavailable
from services.llm.media.speech import Speech
from services.llm.metering.chat import ChatHolds
from services.llm.ports import Provider
from services.llm.providers.beat import Beat
from services.llm.providers.endpoint import Patience
from services.llm.settings import Settings
from services.llm.tools.agent import ToolAgent
from services.llm.tools.approvals import Approvals
from services.llm.tools.built_in import BuiltIn
from services.llm.tools.builtin.run_python import RunPython
from services.llm.tools.builtin.web_fetch import WebFetch
from services.llm.tools.catalogue import Catalogue as Tools
from services.llm.tools.chat import ChatConversations
from services.llm.tools.mcp.servers import Servers
from services.llm.tools.policy import read_policy
from services.llm.tools.ports import Conversations, Documents, Memories
from services.llm.tools.store import PostgresTools


def catalogue(settings: Settings) -> Catalogue:
    """Read which models there are from the file, else from the environment."""
    if settings.models_file:
        return read_models(settings.models_file, os.environ)
    return catalogue_of(
        Environment(
            has_openai=settings.openai_api_key is not None,
            openai_url=settings.openai_base_url,
            has_anthropic=settings.anthropic_api_key is not None,
            has_gemini=settings.gemini_api_key is not None,
            model=settings.model,
            ollama_url=settings.ollama_url,
            concurrency=settings.concurrency,
        )
    )


def provider(
    settings: Settings, session: aiohttp.ClientSession, cache: Redis
) -> Provider:
    """Ask all models of the catalogue, with the guards before them."""
    beat = Beat(settings.beat_ms / 1000) if settings.beat_ms else None
    making = Making(session, beat, Patience(stall=settings.stall_seconds))
    return composed(
        catalogue(settings),
        lambda endpoint, key: made(making, endpoint, os.environ.get(key)),
        redis=cache,
        rules=read_rules(settings.rules_file) if settings.rules_file else NO_RULES,
        limits=Limits(
            stall_seconds=settings.stall_seconds,
            whole_seconds=settings.answer_seconds,
            cache_seconds=settings.cache_seconds,
        ),
    )


def tokenizers(settings: Settings) -> Tokenizers:
    """Count tokens as models do, by what the operator has and names for them."""
    return Tokenizers.of(settings.tokenizers_folder, catalogue(settings).tokenizer)


def embedder(
    settings: Settings, session: aiohttp.ClientSession
) -> EmbeddingEndpoint | None:
    """Ask the endpoint for embeddings, if there is one."""
    if not settings.embedding_url or not settings.embedding_model:
        return None
    return EmbeddingEndpoint(
        session,
        url=settings.embedding_url,
        model=settings.embedding_model,
        key=settings.secret(settings.embedding_api_key),
    )


@asynccontextmanager
async def index(
    settings: Settings,
    session: aiohttp.ClientSession,
    embeddings: EmbeddingEndpoint | None,
) -> AsyncIterator[MilvusIndex]:
    """Find passages in Milvus, by what is configured."""
    meaning = reranker = None
    if embeddings and settings.embedding_model:
        meaning = Meaning(embeddings, settings.embedding_model)
    if settings.rerank_url:
        reranker = Reranker(
            session,
            url=settings.rerank_url,
            model=settings.rerank_model,
            key=settings.secret(settings.rerank_api_key),
        )
    token = settings.secret(settings.milvus_token) or ""
    async with connect_milvus(settings.milvus_uri, token) as milvus:
        yield MilvusIndex(milvus, meaning, reranker)


def speech(settings: Settings, session: aiohttp.ClientSession) -> Speech:
    """Ask the endpoint for speech, if there is one."""
    return Speech(
        endpoint=Endpoint(
            session,
            settings.speech_url,
            SpeechUnavailable,
            settings.secret(settings.speech_api_key),
        )
        if settings.speech_url
        else None,
        transcription_model=settings.transcription_model,
        speech_model=settings.speech_model,
        voice=settings.speech_voice,
    )


def images(settings: Settings, session: aiohttp.ClientSession) -> Images:
    """Ask the endpoint for images, if there is one."""
    return Images(
        endpoint=Endpoint(
            session,
            settings.images_url,
            ImagesUnavailable,
            settings.secret(settings.images_api_key),
        )
        if settings.images_url
        else None,
        model=settings.images_model,
    )


@dataclass(frozen=True, slots=True)
class Called:
    """What others need of the tools."""

    agent: ToolAgent
    catalogue: Tools
    store: PostgresTools


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat service, as it is called on behalf of users."""

    conversations: ChatConversations
    holds: ChatHolds


@asynccontextmanager
async def chat(settings: Settings) -> AsyncIterator[Chat | None]:
    """Keep a channel to chat while the block runs; None if it is not known."""
    if not settings.chat_address or not settings.signing_key_file:
        yield None
        return
    key = read_signing_key(settings.signing_key_file)
    delegation = Delegation(key, delegate("llm", to="chat"))
    async with channel_to(settings.chat_address) as channel:
        yield Chat(
            ChatConversations(channel, delegation), ChatHolds(channel, delegation)
        )


@asynccontextmanager
async def tools(
    settings: Settings,
    database: Database,
    signals: Signals,
    provider: Provider,
    *,
    documents: Documents,
    conversations: Conversations | None,
    memories: Memories,
) -> AsyncIterator[Called]:
    """Have the tools that the operator allows while the block runs."""
    policy, store = read_policy(settings.tools_file), PostgresTools(database)
    async with Servers.open(policy.servers) as servers, RunPython.open() as python:
        hosts = policy.tools.web_fetch.hosts
        built_in = BuiltIn(
            policy.tools,
            web=WebFetch(hosts=hosts) if settings.web_fetch else None,
            python=python,
            documents=documents,
            conversations=conversations,
            memories=memories,
        )
        catalogue = Tools((built_in, servers), store)
        approvals = Approvals(store, signals)
        yield Called(ToolAgent(provider, catalogue, approvals), catalogue, store)
