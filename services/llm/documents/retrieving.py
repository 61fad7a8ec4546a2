"""Finding passages: the index finds, and what it finds is checked."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial

from prometheus_client import Counter, Histogram

from services.kit.errors import ServiceError, Unavailable
from services.llm.documents.model import CollectionNotFound, DocumentNotFound
from services.llm.documents.ports import Files, Index, Readership
from services.llm.documents.windows import windows
from services.llm.generation.ports import Retrieved
from services.llm.members import Member
from services.llm.model import Image, Passage
from services.llm.names import DocumentName
from services.llm.wanted import Knowledge

log = logging.getLogger(__name__)

BUDGET_SECONDS = 0.6  # a reply waits no longer for its passages
FOUND_FOR_EACH = 2  # chunks for each passage, because neighbours become one
RETRY_SECONDS = 1.0

searches = Counter(
    "llm_knowledge_searches", "Searches of the knowledge, by how they ended.", ("end",)
)
seconds = Histogram(
    "llm_knowledge_search_seconds",
    "How long searches of the knowledge took.",
    buckets=(0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.4, 0.6, 1),
)
# Beside what was deleted or moved a moment ago, this says that the index is wrong.
dropped = Counter(
    "llm_knowledge_hits_dropped",
    "Chunks that the index found, and that the second check did not let through.",
)


class Retrieving:
    """Finds passages that a user may read; is a `Retriever`."""

    def __init__(
        self,
        readership: Readership,
        index: Index,
        files: Files,
        *,
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        self._readership = readership
        self._index = index
        self._files = files
        self._budget_seconds = budget_seconds

    async def search(
        self, reader: Member, query: str, knowledge: Knowledge, *, limit: int
    ) -> Sequence[Passage]:
        """Find passages, or raise `Unavailable` if that takes too long."""
        found = await self.retrieve(reader, query, knowledge, limit=limit)
        if found.degraded:
            raise Unavailable(part="knowledge", retry_seconds=RETRY_SECONDS)
        return found.passages

    async def retrieve(
        self, reader: Member, query: str, knowledge: Knowledge, *, limit: int
    ) -> Retrieved:
        if knowledge.empty or not query.strip():
            return Retrieved()
        try:
            with seconds.time():
                async with asyncio.timeout(self._budget_seconds):
                    passages = await self._found(reader, query, knowledge, limit)
        except (CollectionNotFound, DocumentNotFound):
            searches.labels("refused").inc()
            raise
        except (ServiceError, TimeoutError) as error:
            log.warning("no search in time", extra={"error": type(error).__name__})
        except Exception:
            # The reply goes on without it, whatever is wrong here.
            log.exception("a search failed")
        else:
            searches.labels("found" if passages else "nothing").inc()
            return Retrieved(passages)
        searches.labels("degraded").inc()
        return Retrieved(degraded=True)

    async def awaken(self) -> None:
        """Get ready to search, if there is anything to be found."""
        try:
            if await self._readership.any():
                await self._index.awaken()
        except ServiceError:
            log.warning("the store or the index is away")

    async def images(
        self, reader: Member, documents: Sequence[DocumentName]
    ) -> Mapping[DocumentName, Image | None]:
        return await self._files.images(reader, documents)

    async def _found(
        self, reader: Member, query: str, knowledge: Knowledge, limit: int
    ) -> Sequence[Passage]:
        scopes = await self._readership.scopes(reader, knowledge)
        if not scopes:
            return ()
        hits = await self._index.search(query, scopes, limit=FOUND_FOR_EACH * limit)
        if not hits:
            return ()
        passages, others = await self._readership.passages(
            reader, scopes, hits, partial(windows, limit=limit)
        )
        dropped.inc(others)
        return passages
