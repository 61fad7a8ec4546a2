"""The knowledge of users, put together: what serves it and what works for it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.kit.janitor import Job
from services.kit.postgres import Database
from services.llm.documents.collection_servicer import CollectionServicer
from services.llm.documents.ports import Index, Reader, Signals
from services.llm.documents.processing import AT_ONCE, Processing
from services.llm.documents.retrieving import BUDGET_SECONDS, Retrieving
from services.llm.documents.servicer import DocumentServicer
from services.llm.documents.store.collections import PostgresCollections
from services.llm.documents.store.documents import PostgresDocuments
from services.llm.documents.store.files import PostgresFiles
from services.llm.documents.store.jobs import PostgresJobs
from services.llm.documents.store.readership import PostgresReadership
from services.llm.documents.store.rubbish import PostgresRubbish
from services.llm.documents.sweeping import Sweeping
from services.llm.documents.watching import Watching


@dataclass(frozen=True, slots=True)
class Opened:
    """What others are given."""

    retrieving: Retrieving
    documents: DocumentServicer
    collections: CollectionServicer
    jobs: Sequence[Job]  # for the janitor


@asynccontextmanager
async def knowledge(
    database: Database,
    own_database: Database,
    *,
    reader: Reader,
    index: Index,
    signals: Signals,
    at_once: int = AT_ONCE,
    budget_seconds: float = BUDGET_SECONDS,
) -> AsyncIterator[Opened]:
    """Process and take away while the block runs; `own_database` is a patient one."""
    documents, files = PostgresDocuments(database), PostgresFiles(database)
    retrieving = Retrieving(
        PostgresReadership(database), index, files, budget_seconds=budget_seconds
    )
    rubbish = PostgresRubbish(own_database)
    waking = asyncio.create_task(retrieving.awaken(), name="awaken the index")
    async with (
        Sweeping.open(rubbish, index, signals=signals),
        Processing.open(
            PostgresJobs(own_database), reader, index, signals=signals, at_once=at_once
        ),
    ):
        try:
            yield Opened(
                retrieving=retrieving,
                documents=DocumentServicer(
                    documents,
                    files,
                    watching=Watching(documents, signals),
                    retrieving=retrieving,
                ),
                collections=CollectionServicer(PostgresCollections(database)),
                jobs=(Job("drop unfinished uploads", rubbish.stale),),
            )
        finally:
            waking.cancel()
            await asyncio.gather(waking, return_exceptions=True)
