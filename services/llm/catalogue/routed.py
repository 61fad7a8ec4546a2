"""Who runs the model that is asked for, and all models that there are."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from services.llm.catalogue.model import Catalogue, Endpoint, Entry
from services.llm.model import (
    Completed,
    Model,
    ModelNotFound,
    ModelUnavailable,
    ProviderError,
    ProviderEvent,
    Question,
)
from services.llm.ports import Provider

PREFIXES = (("claude", "anthropic"), ("gemini", "gemini"))


class Routed:
    """
    Asks the provider that runs a model, under the name that it has there.

    A model that the catalogue does not have is looked for at those providers of which
    it names no models.
    """

    def __init__(self, catalogue: Catalogue, providers: Mapping[str, Provider]) -> None:
        self._catalogue = catalogue
        self._providers = providers
        closed = {entry.model.provider for entry in catalogue.entries.values()}
        self._lists: Sequence[Sequence[Model]] | None = None
        self._models: Sequence[Model] = ()
        self._open = [each for each in catalogue.endpoints if each.name not in closed]

    async def models(self) -> Sequence[Model]:
        listed = await self._all_listed()
        if not self._same(listed):
            self._models = self._joined(listed)
            self._lists = listed
        if not self._models:
            raise ModelUnavailable
        return self._models

    async def _all_listed(self) -> Sequence[Sequence[Model]]:
        if len(self._open) == 1:  # as a rule, and each question looks
            return [await self._listed(self._open[0])]
        return await asyncio.gather(*map(self._listed, self._open))

    def _same(self, listed: Sequence[Sequence[Model]]) -> bool:
        """Tell whether these are the lists of last time: every question looks here."""
        return self._lists is not None and all(
            one is other for one, other in zip(listed, self._lists, strict=True)
        )

    def _joined(self, listed: Sequence[Sequence[Model]]) -> Sequence[Model]:
        known = [entry.model for entry in self._catalogue.entries.values()]
        found = {model.id: model for model in known}
        for endpoint, models in zip(self._open, listed, strict=True):
            for model in models:
                if endpoint.type != "detected":  # which says itself whom it has found
                    model = replace(model, provider=endpoint.name)
                found.setdefault(model.id, self._catalogue.describe(model))
        default = found.pop(self._catalogue.default, None)
        return [*([default] if default else []), *found.values()]

    async def _listed(self, endpoint: Endpoint) -> Sequence[Model]:
        """Return nothing of a provider that is away: the others have their models."""
        try:
            return await self._providers[endpoint.name].models()
        except ProviderError:
            return ()

    def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        model = question.model or self._catalogue.default
        if model != question.model:
            question = replace(question, model=model)
        if len(self._open) == 1 and model not in self._catalogue.entries:
            return self._providers[self._open[0].name].generate(question)
        return self._found(question)

    async def _found(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        model = question.model
        entry = self._catalogue.entries.get(model)
        provider = await self._provider(model, entry)
        if entry and entry.upstream != model:
            question = replace(question, model=entry.upstream)
        async with aclosing(provider.generate(question)) as events:
            try:
                async for event in events:
                    if entry and type(event) is Completed:
                        event = replace(event, model=entry.model.id)
                    yield event
            except ModelNotFound:
                # Not under the name that it has there, which is not the caller's.
                raise ModelNotFound(model=model) from None

    async def _provider(self, model: str, entry: Entry | None) -> Provider:
        if entry:
            return self._providers[entry.model.provider]
        if not self._open:
            raise ModelNotFound(model=model)
        if len(self._open) > 1 and model:
            for endpoint in self._open:
                listed = await self._listed(endpoint)
                if any(each.id == model for each in listed):
                    return self._providers[endpoint.name]
            return self._providers[self._maker(model).name]
        return self._providers[self._open[0].name]

    def _maker(self, model: str) -> Endpoint:
        """Guess by its name who runs a model that nobody lists."""
        known = self._catalogue.known_as(model)
        kind = known.model.provider if known else ""
        for prefix, maker in PREFIXES:
            if model.startswith(prefix):
                kind = maker
        return next((each for each in self._open if each.maker == kind), self._open[0])
