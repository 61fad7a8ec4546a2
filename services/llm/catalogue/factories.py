"""Which type of provider is made how: one line for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import aiohttp

from services.llm.catalogue.model import Endpoint, Type
from services.llm.ports import Provider
from services.llm.providers.beat import Beat
from services.llm.providers.detected import DetectedProvider
from services.llm.providers.offline import OfflineProvider
from services.llm.providers.openai import (
    OLLAMA,
    OPENAI_URL,
    OpenAiProvider,
)

OLLAMA_URL = "http://127.0.0.1:11434"


class NotYet(ValueError):
    """A type of provider that this version of Parley does not speak to."""


@dataclass(frozen=True, slots=True)
class Making:
    """What every provider is made with."""

    session: aiohttp.ClientSession
    beat: Beat | None


Make = Callable[[Making, Endpoint, str | None], Provider]


def openai(
    making: Making, endpoint: Endpoint, key: str | None, *, url: str = OPENAI_URL
) -> Provider:
    """Make one that speaks OpenAI's chat completions."""
    return OpenAiProvider(
        making.session,
        url=endpoint.url or url,
        name=endpoint.name,
        key=key,
        model=endpoint.default_model or None,
        beat=making.beat,
    )


def ollama(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make an Ollama, which speaks OpenAI's protocol with words of its own."""
    return OpenAiProvider(
        making.session,
        url=f"{endpoint.url or OLLAMA_URL}/v1",
        name=OLLAMA,
        key=key,
        model=endpoint.default_model or None,
        beat=making.beat,
    )


def offline(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make one that is no model."""
    return OfflineProvider()


def detected(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make one that uses an Ollama while one runs."""
    return DetectedProvider(ollama(making, endpoint, key), OfflineProvider())


FACTORIES: Mapping[Type, Make] = {
    "openai": openai,
    "openai_compatible": partial(openai, url=""),
    "ollama": ollama,
    "offline": offline,
    "detected": detected,
}


def made(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make a provider for one of its keys."""
    if make := FACTORIES.get(endpoint.type):
        return make(making, endpoint, key)
    raise NotYet(f"providers of type {endpoint.type} are not built in: {endpoint.name}")
