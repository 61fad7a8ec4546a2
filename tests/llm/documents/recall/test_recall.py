"""How many questions about this repository find their answer among five passages."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiohttp
import pytest

from deploy.local.state import ROOT
from services.llm.documents.index.connection import Milvus, connect
from services.llm.documents.index.meaning import Meaning
from services.llm.documents.index.milvus import MilvusIndex
from services.llm.embeddings.endpoint import EmbeddingEndpoint
from tests.llm.documents.recall.corpus import Asked, corpus, questions
from tests.llm.documents.recall.recalling import (
    filled,
    missed,
    missed_by_meaning,
    recall,
)

# Below what is measured (docs/retrieval.md) by what two questions weigh: documents
# are rewritten, and a question may move.
WORDS, MEANING, BOTH = 0.50, 0.52, 0.57
MODEL = "all-MiniLM-L6-v2"
PATIENCE = 10.0  # a busy machine embeds slowly, and this is not about time


@pytest.fixture
async def milvus(milvus_uri: str) -> AsyncIterator[Milvus]:
    """A connection."""
    async with connect(milvus_uri) as milvus:
        yield milvus


@pytest.fixture
def python() -> Path:
    """The Python of `make embedding-server`, if that has been run here."""
    named = os.environ.get("PARLEY_EMBEDDING_PYTHON")
    python = Path(named) if named else ROOT / ".cache/embedding/bin/python"
    if not python.exists():
        pytest.skip("there is no embedding model here: make embedding-server")
    return python


@pytest.fixture
async def embeddings(python: Path) -> AsyncIterator[EmbeddingEndpoint]:
    """That model, served."""
    server = await asyncio.create_subprocess_exec(
        *(str(python), "-m", "tools.embedding_server", "--port", "0"),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert server.stdout
        line = (await server.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session:
            url = line.removeprefix("LLM_EMBEDDING_URL=")
            yield EmbeddingEndpoint(session, url=url, model=MODEL)
    finally:
        server.kill()
        await server.communicate()


def test_every_question_has_an_answer_in_the_documents():
    unanswered = [
        question.ask
        for question in questions()
        if not any(
            question.answered_by(question.file, chunk)
            for chunk in corpus().get(question.file, ())
        )
    ]

    assert len(questions()) >= 60
    assert unanswered == []


@pytest.mark.timeout(300)
async def test_words_alone_find_most_answers(milvus: Milvus):
    index = MilvusIndex(milvus)
    owner = await filled(index)

    left = await missed(index, owner)

    tell("words", left)
    assert recall(left) >= WORDS


@pytest.mark.timeout(900)
async def test_meaning_finds_more(milvus: Milvus, embeddings: EmbeddingEndpoint):
    index = MilvusIndex(milvus, Meaning(embeddings, MODEL, PATIENCE))
    owner = await filled(index)

    by_meaning = await missed_by_meaning(milvus, embeddings, MODEL, owner)
    by_both = await missed(index, owner)

    tell("meaning", by_meaning)
    tell("both", by_both)
    assert recall(by_meaning) >= MEANING
    assert recall(by_both) >= BOTH


def tell(how: str, left: Sequence[Asked]) -> None:
    """Say what was measured; pytest shows it with -s, or when the test fails."""
    sys.stdout.write(f"\nrecall@5 by {how}: {recall(left):.3f}\n")
    sys.stdout.writelines(f"  missed: {question.ask}\n" for question in left)
