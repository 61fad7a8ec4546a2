"""Knowledge over real Postgres and Redis, a plain reader and an index in memory."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import MakeDatabase
from tests.identity import Identity
from tests.llm.documents.knowledge import Knowing, knowing
from tests.llm.documents.word_index import WordIndex


@pytest.fixture(scope="session")
def identity() -> Identity:
    """Who signs the tokens."""
    return Identity()


@pytest.fixture
def llm_database(make_database: MakeDatabase) -> str:
    """The URL of llm's database."""
    return make_database("llm")


@pytest.fixture
def index() -> WordIndex:
    """Where chunks are found."""
    return WordIndex()


@pytest.fixture
async def me(
    llm_database: str, redis_url: str, identity: Identity, index: WordIndex
) -> AsyncIterator[Knowing]:
    """Somebody with documents to be."""
    async with knowing(llm_database, redis_url, identity, index) as me:
        yield me


@pytest.fixture
def stranger(me: Knowing) -> Knowing:
    """Somebody else."""
    return me.other()
