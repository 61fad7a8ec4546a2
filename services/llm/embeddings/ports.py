"""What embeddings need from the outside."""

from collections.abc import Sequence
from typing import Protocol

from services.llm.embeddings.model import Embedded


class Embeddings(Protocol):
    """A model that turns texts into vectors, and says what that took."""

    @property
    def model(self) -> str:
        """The model's name."""

    async def embedded(self, texts: Sequence[str]) -> Embedded:
        """Return a vector for each text; raises `EmbeddingUnavailable`."""
