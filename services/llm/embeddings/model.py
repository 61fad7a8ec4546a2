"""What an embedding is."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.errors import Kind, ServiceError

MAX_TEXTS = 256
MAX_TEXT = 32_000  # characters


class EmbeddingUnavailable(ServiceError):
    """No embedding model is configured, or it failed."""

    kind = Kind.UNAVAILABLE
    reason = "EMBEDDING_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of texts, in their order."""

    vectors: Sequence[Sequence[float]]
    model: str
    input_tokens: int  # as the provider counted them; 0 if it does not say
