"""An Ollama if one is running, else nothing: looked for again and again."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from time import monotonic

from services.llm.model import Model, ProviderError, ProviderEvent, Question
from services.llm.ports import Provider

LOOK_SECONDS = 10.0


class DetectedProvider:
    """Uses `found` while it has models, and `otherwise` while it has none."""

    def __init__(self, found: Provider, otherwise: Provider) -> None:
        self._found = found
        self._otherwise = otherwise
        self._chosen: Provider | None = None
        self._looked = 0.0
        self._first = asyncio.Lock()

    async def models(self) -> Sequence[Model]:
        return await (await self._choose()).models()

    async def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        provider = await self._choose()
        async with aclosing(provider.generate(question)) as events:
            async for event in events:
                yield event

    async def _choose(self) -> Provider:
        if self._chosen is None:
            # Until somebody has looked, nobody knows who is to answer.
            async with self._first:
                return self._chosen or await self._look()
        if monotonic() - self._looked > LOOK_SECONDS:
            return await self._look()
        return self._chosen

    async def _look(self) -> Provider:
        self._looked = monotonic()
        try:
            await self._found.models()
            self._chosen = self._found
        except ProviderError:
            self._chosen = self._otherwise
        return self._chosen
