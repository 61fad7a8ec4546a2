"""Which type of provider is made how: one line for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import aiohttp

from services.llm.catalogue.model import Endpoint, Type
from services.llm.ports import Provider
from services.llm.providers.anthropic import ANTHROPIC_URL, AnthropicProvider
from services.llm.providers.azure import API_VERSION, AzureProvider
from services.llm.providers.beat import Beat
from services.llm.providers.detected import DetectedProvider
from services.llm.providers.endpoint import PATIENCE, Patience
from services.llm.providers.gemini import GEMINI_URL, GeminiProvider
from services.llm.providers.offline import OfflineProvider
from services.llm.providers.openai import OLLAMA, OPENAI_URL, OpenAiProvider
from services.llm.providers.responses import ResponsesProvider

OLLAMA_URL = "http://127.0.0.1:11434"


@dataclass(frozen=True, slots=True)
class Making:
    """What every provider is made with."""

    session: aiohttp.ClientSession
    beat: Beat | None = None
    patience: Patience = PATIENCE


Make = Callable[[Making, Endpoint, str | None], Provider]


def openai(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make one that speaks OpenAI's chat completions."""
    return OpenAiProvider(
        making.session,
        url=endpoint.url or OPENAI_URL,
        name=endpoint.name,
        key=key,
        model=endpoint.default_model or None,
        models=endpoint.models,
        beat=making.beat,
        patience=making.patience,
    )


def responses(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make one that speaks OpenAI's responses."""
    return ResponsesProvider(
        making.session,
        url=endpoint.url or OPENAI_URL,
        name=endpoint.name,
        key=key,
        model=endpoint.default_model or None,
        models=endpoint.models,
        beat=making.beat,
        patience=making.patience,
    )


def anthropic(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make an Anthropic."""
    return AnthropicProvider(
        making.session,
        key=key or "",
        url=endpoint.url or ANTHROPIC_URL,
        name=endpoint.name,
        model=endpoint.default_model or None,
        models=endpoint.models,
        beat=making.beat,
        patience=making.patience,
    )


def gemini(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make a Gemini."""
    return GeminiProvider(
        making.session,
        key=key or "",
        url=endpoint.url or GEMINI_URL,
        name=endpoint.name,
        model=endpoint.default_model or None,
        models=endpoint.models,
        beat=making.beat,
        patience=making.patience,
    )


def azure(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make an Azure OpenAI, which has the deployments that the catalogue names."""
    return AzureProvider(
        making.session,
        url=endpoint.url,
        key=key or "",
        models=endpoint.models,
        name=endpoint.name,
        api_version=endpoint.api_version or API_VERSION,
        beat=making.beat,
        patience=making.patience,
    )


def ollama(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make an Ollama, which speaks OpenAI's protocol with words of its own."""
    return OpenAiProvider(
        making.session,
        url=f"{endpoint.url or OLLAMA_URL}/v1",
        name=OLLAMA,
        key=key,
        model=endpoint.default_model or None,
        models=endpoint.models,
        beat=making.beat,
        patience=making.patience,
    )


def offline(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make one that is no model."""
    return OfflineProvider()


def detected(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make one that uses an Ollama while one runs."""
    return DetectedProvider(ollama(making, endpoint, key), OfflineProvider())


FACTORIES: Mapping[Type, Make] = {
    "openai": openai,
    "openai_responses": responses,
    "openai_compatible": openai,
    "anthropic": anthropic,
    "gemini": gemini,
    "azure": azure,
    "ollama": ollama,
    "offline": offline,
    "detected": detected,
}


def made(making: Making, endpoint: Endpoint, key: str | None) -> Provider:
    """Make a provider for one of its keys."""
    return FACTORIES[endpoint.type](making, endpoint, key)
