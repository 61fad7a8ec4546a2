"""What the llm service needs from the outside."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from services.llm.model import Model, ProviderEvent, Question


class Provider(Protocol):
    """Somebody who runs models, or something that stands before one."""

    async def models(self) -> Sequence[Model]:
        """Name the models that can be asked, the default first; never empty."""

    def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        """
        Yield the answer, `Completed` last.

        Raises `ProviderError`, or `ModelNotFound` before the first event. Closing the
        iterator closes the connection to the provider at once. A model that calls
        tools ends with a `Verbatim`, if its words say more than ours, with its
        `ToolUse`s and `Completed` for `tool_calls`.
        """
