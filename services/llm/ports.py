"""What the llm service needs from the outside."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from services.llm.model import Event, Model, Question


class Provider(Protocol):
    """Somebody who runs models."""

    async def models(self) -> Sequence[Model]:
        """Name the models that can be asked, the default first; never empty."""

    def generate(self, question: Question) -> AsyncGenerator[Event]:
        """
        Yield the answer, `Completed` last.

        Raises `ProviderError`, or `ModelNotFound` before the first event. Closing the
        iterator closes the connection to the provider at once.
        """
