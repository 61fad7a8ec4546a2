"""Summaries in PostgreSQL, and answers that have them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from services.kit.postgres import Database
from services.llm.context import filling
from services.llm.context.filling import Windows
from services.llm.context.model import Summary
from services.llm.context.store import PostgresSummaries
from services.llm.context.summaries import ModelSummariser
from services.llm.context.tokenizers import Tokenizers
from services.llm.generation.answers import Answers
from services.llm.model import Model
from services.llm.providers.openai import OpenAiProvider
from tests.conftest import MakeDatabase
from tests.llm.generation.parts import Catalogue


@pytest.fixture
def url(make_database: MakeDatabase) -> str:
    """The URL of llm's database."""
    return make_database("llm")


class Watched:
    """Summaries in PostgreSQL, whose changes can be waited for."""

    def __init__(self, kept: PostgresSummaries) -> None:
        self._kept = kept
        self._changed = asyncio.Condition()
        self.put_times = 0

    async def find(self, user_id: UUID, messages: Sequence[UUID]) -> Summary | None:
        return await self._kept.find(user_id, messages)

    async def put(self, user_id: UUID, summary: Summary) -> None:
        await self._kept.put(user_id, summary)
        async with self._changed:
            self.put_times += 1
            self._changed.notify_all()

    async def until_put(self, times: int) -> None:
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: self.put_times >= times)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with Database.connect(url) as database:
        yield database


@pytest.fixture
def summaries(database: Database) -> Watched:
    return Watched(PostgresSummaries(database))


@pytest.fixture
def catalogue(provider: OpenAiProvider) -> Catalogue:
    """The scripted model, with a window of 2,000 tokens."""
    return Catalogue(provider, [Model("scripted", "openai", window=2_000)])


@pytest.fixture
async def answers(
    catalogue: Catalogue, summaries: Watched, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Answers]:
    """Answers that wait for a summary that is there, however busy the machine."""
    monkeypatch.setattr(filling, "FIND_SECONDS", 60.0)
    async with ModelSummariser.open(catalogue, summaries) as summariser:
        yield Answers(catalogue, windows=Windows(Tokenizers(), summaries, summariser))
