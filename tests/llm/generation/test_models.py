"""What is known of models, and who waits for it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from services.llm.generation import models as module
from services.llm.generation.models import Models
from services.llm.model import Model, ModelUnavailable, ProviderEvent, Question

KNOWN = Model("m", "p", window=1_000)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was listed stays fresh, however long a test takes."""
    monkeypatch.setattr(module, "FRESH_SECONDS", 3_600.0)


class Listing:
    """A provider whose list of models is in the test's hands."""

    def __init__(self, *listed: Model) -> None:
        self.listed: Sequence[Model] = listed
        self.ready = asyncio.Event()
        self.asked = 0

    async def models(self) -> Sequence[Model]:
        self.asked += 1
        await self.ready.wait()
        if not self.listed:
            raise ModelUnavailable
        return self.listed

    def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        raise NotImplementedError


async def test_a_model_is_found_by_its_id_and_the_default_by_none():
    provider = Listing(KNOWN, Model("n", "p"))
    provider.ready.set()
    models = Models(provider)

    assert await models.find("") == KNOWN
    assert await models.find("n") == Model("n", "p")
    assert await models.find("o") == Model("o", "")


async def test_many_at_once_ask_for_the_list_once():
    provider = Listing(KNOWN)
    models = Models(provider)
    finding = [asyncio.create_task(models.find("m")) for _ in range(9)]
    await asyncio.sleep(0)

    provider.ready.set()

    assert await asyncio.gather(*finding) == [KNOWN] * 9
    assert await models.find("m") == KNOWN
    assert provider.asked == 1


async def test_nobody_waits_long_for_a_list_and_it_is_known_once_it_comes(
    monkeypatch: pytest.MonkeyPatch,
):
    provider = Listing(KNOWN)
    models = Models(provider)

    monkeypatch.setattr(module, "LIST_SECONDS", 0.1)
    early = await models.find("m")
    monkeypatch.setattr(module, "LIST_SECONDS", 60.0)
    provider.ready.set()
    late = await models.find("m")

    assert early == Model("m", "")
    assert late == KNOWN
    assert provider.asked == 1


async def test_a_list_that_fails_is_asked_for_again():
    provider = Listing()
    provider.ready.set()
    models = Models(provider)

    assert await models.find("m") == Model("m", "")
    provider.listed = (KNOWN,)

    assert await models.find("m") == KNOWN
