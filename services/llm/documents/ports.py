"""What documents need from the outside."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol
from uuid import UUID

from services.llm.documents.model import Chunk, Content, Hit, Scope

Progress = Callable[[int], None]  # percent


class Reader(Protocol):
    """Reads files, in a process that a hostile file may break."""

    async def read(self, file: Path, name: str, progress: Progress) -> Content:
        """
        Return what is in a file, cut into chunks; `name` is what its owner calls it.

        Raises a kind of `Unreadable`.
        """


class Embedder(Protocol):
    """A model that turns texts into vectors."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return a vector for each text; raises `EmbeddingUnavailable`."""


class Index(Protocol):
    """
    Finds chunks by their words, and by their meaning if there is an embedder.

    Raises `Unavailable` when it is away.
    """

    async def put(
        self,
        owner_id: UUID,
        document_id: UUID,
        collection_id: UUID | None,
        chunks: Sequence[Chunk],
        progress: Progress,
    ) -> bool:
        """Replace a document's chunks; False if they have no vectors of meaning."""

    async def delete(self, owner_id: UUID, documents: Sequence[UUID]) -> None:
        """Remove all chunks of these documents."""

    async def delete_owner(self, owner_id: UUID) -> None:
        """Remove everything that a user owns."""

    async def search(
        self, query: str, scopes: Sequence[Scope], *, limit: int
    ) -> Sequence[Hit]:
        """Find chunks in any of the scopes, the best first."""
