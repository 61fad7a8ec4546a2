"""What finds chunks by their meaning."""

from dataclasses import dataclass

from services.llm.documents.ports import Embedder

QUESTION_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Meaning:
    """An embedder, and the name of its model: vectors of two models do not compare."""

    embedder: Embedder
    model: str
    seconds: float = QUESTION_SECONDS  # for a question; then its words have to do
