"""What is known of models, without waiting for who is slow to say it."""

import asyncio
from collections.abc import Sequence
from time import monotonic

from services.llm.model import Model, ProviderError
from services.llm.ports import Provider

LIST_SECONDS = 0.5  # how long an answer waits to know more of its model
FRESH_SECONDS = 1.0  # so that many answers at once do not all ask


class Models:
    """Looks models up where providers list them."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._known: Sequence[Model] = ()
        self._listed_at = -FRESH_SECONDS
        self._listing: asyncio.Task[None] | None = None

    async def all(self) -> Sequence[Model]:
        """Name the models that can be asked, the default first."""
        return await self._provider.models()

    async def find(self, id: str) -> Model:
        """
        Return a model, the default for an empty ID.

        One that nobody lists may be there all the same: nothing is known of it then.
        """
        if monotonic() - self._listed_at > FRESH_SECONDS:
            if not self._listing or self._listing.done():
                self._listing = asyncio.create_task(self._list())
            await asyncio.wait((self._listing,), timeout=LIST_SECONDS)
        if not id and self._known:
            return self._known[0]
        for model in self._known:
            if model.id == id:
                return model
        return Model(id, "")

    async def _list(self) -> None:
        try:
            self._known = await self._provider.models()
        except ProviderError:
            return  # who asks the model is told
        self._listed_at = monotonic()
