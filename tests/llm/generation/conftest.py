"""Answers over the scripted model."""

from collections.abc import Callable
from typing import Any

import pytest

from services.llm.generation.answers import Answers
from services.llm.model import Capability, Model
from services.llm.providers.openai import OpenAiProvider
from tests.llm.generation.parts import Catalogue

Known = Callable[..., Catalogue]


@pytest.fixture
def known(provider: OpenAiProvider) -> Known:
    """The scripted model, of which this is known: its window, what it can do."""

    def known(*capabilities: Capability, **fields: Any) -> Catalogue:
        model = Model(
            "scripted", "openai", capabilities=frozenset(capabilities), **fields
        )
        return Catalogue(provider, [model])

    return known


@pytest.fixture
def answers(provider: OpenAiProvider) -> Answers:
    """Answers with nothing around them."""
    return Answers(provider)
