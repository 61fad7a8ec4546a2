"""Finds chunks by the words in them, in memory."""

import asyncio
import re
from collections.abc import Sequence
from uuid import UUID

from services.kit.errors import Unavailable
from services.llm.documents.model import Chunk, Hit, Scope
from services.llm.documents.ports import Progress

WORD = re.compile(r"\w+")


class WordIndex:
    """Is an `Index`. It can be away, or slow, and shows what it holds."""

    def __init__(self) -> None:
        self.away = False
        self.patience: asyncio.Event | None = None  # what a search waits for
        self.held: dict[tuple[UUID, UUID], tuple[UUID | None, tuple[Chunk, ...]]] = {}

    async def put(
        self,
        owner_id: UUID,
        document_id: UUID,
        collection_id: UUID | None,
        chunks: Sequence[Chunk],
        progress: Progress,
    ) -> bool:
        self._require()
        progress(100)
        self.held.pop((owner_id, document_id), None)
        if chunks:
            self.held[owner_id, document_id] = (collection_id, tuple(chunks))
        return True

    async def awaken(self) -> None:
        self._require()

    async def delete(self, owner_id: UUID, documents: Sequence[UUID]) -> None:
        self._require()
        for document in documents:
            self.held.pop((owner_id, document), None)

    async def delete_owner(self, owner_id: UUID) -> None:
        self._require()
        for key in [key for key in self.held if key[0] == owner_id]:
            del self.held[key]

    async def search(
        self, query: str, scopes: Sequence[Scope], *, limit: int
    ) -> Sequence[Hit]:
        self._require()
        if self.patience:
            await self.patience.wait()
        asked = words(query)
        hits = [
            Hit(document, chunk.number, float(score))
            for (owner, document), (collection, chunks) in self.held.items()
            if any(holds(scope, owner, document, collection) for scope in scopes)
            for chunk in chunks
            if (score := len(asked & words(chunk.text)))
        ]
        return sorted(hits, key=lambda hit: -hit.score)[:limit]

    def _require(self) -> None:
        if self.away:
            raise Unavailable(part="index")


def words(text: str) -> set[str]:
    """Name the words of a text."""
    return set(map(str.lower, WORD.findall(text)))


def holds(scope: Scope, owner: UUID, document: UUID, collection: UUID | None) -> bool:
    """Tell whether a document is in a scope."""
    if owner != scope.owner_id:
        return False
    everything = not scope.collections and not scope.documents
    return everything or collection in scope.collections or document in scope.documents
