"""The index on Milvus."""

from collections.abc import Sequence
from uuid import UUID

from services.llm.documents.index.connection import Milvus
from services.llm.documents.index.meaning import Meaning
from services.llm.documents.index.rerank import Reranker
from services.llm.documents.index.rows import Rows
from services.llm.documents.index.searching import Searching
from services.llm.documents.index.writing import Writing
from services.llm.documents.model import Chunk, Hit, Scope
from services.llm.documents.ports import Progress


class MilvusIndex:
    """
    Implements `Index`.

    What finds chunks by their words holds all of them; vectors lie apart, for each
    model. So a chunk without a vector, or with another model's, is found by its words.
    """

    def __init__(
        self,
        milvus: Milvus,
        meaning: Meaning | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self._rows = rows = Rows(milvus)
        self._writing = Writing(rows, meaning)
        self._searching = Searching(rows, meaning, reranker)

    async def awaken(self) -> None:
        """
        Get ready, so that the first search need not wait.

        For a process that has begun, in the background, if there are documents: it
        costs 100 MB, and starts a Milvus that is started when it is needed.
        """
        await self._rows.awaken()

    async def put(
        self,
        owner_id: UUID,
        document_id: UUID,
        collection_id: UUID | None,
        chunks: Sequence[Chunk],
        progress: Progress,
    ) -> bool:
        return await self._writing.put(
            owner_id, document_id, collection_id, chunks, progress
        )

    async def delete(self, owner_id: UUID, documents: Sequence[UUID]) -> None:
        await self._writing.delete(owner_id, documents)

    async def delete_owner(self, owner_id: UUID) -> None:
        await self._writing.delete_owner(owner_id)

    async def search(
        self, query: str, scopes: Sequence[Scope], *, limit: int
    ) -> Sequence[Hit]:
        return await self._searching.search(query, scopes, limit=limit)
