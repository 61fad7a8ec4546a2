"""What the guards are tested over: scripted models, and Redis."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from services.kit.redis import connect
from services.llm.providers.openai import OpenAiProvider, client_session
from tests.doubles.openai_server import serving
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream


@asynccontextmanager
async def model(script: Script) -> AsyncIterator[tuple[OpenAiProvider, Upstream]]:
    """Another scripted model, as a provider."""
    async with serving(script) as upstream, client_session() as session:
        yield (
            OpenAiProvider(session, url=upstream.url, name="openai", model="scripted"),
            upstream,
        )


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """An empty Redis."""
    async with connect(redis_url) as redis:
        yield redis
