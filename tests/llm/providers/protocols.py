"""The protocols that Parley speaks, each with a server that plays its owner."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import aiohttp

from services.llm.providers.anthropic import AnthropicProvider
from services.llm.providers.azure import AzureProvider
from services.llm.providers.endpoint import PATIENCE, HttpProvider, Patience
from services.llm.providers.gemini import GeminiProvider
from services.llm.providers.openai import OpenAiProvider
from services.llm.providers.responses import ResponsesProvider
from tests.doubles import (
    anthropic_server,
    azure_server,
    gemini_server,
    openai_server,
)
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream

KEY = "sk-of-the-operator"
Serving = Callable[[Script], AbstractAsyncContextManager[Upstream]]


@dataclass(frozen=True)
class Protocol:
    """How a protocol is asked and played."""

    name: str
    serving: Serving
    wrong_types: bytes  # an event that is JSON, but not the protocol's
    overloaded: bytes  # an event that says that the provider failed

    def open(
        self,
        session: aiohttp.ClientSession,
        url: str,
        *,
        model: str | None = "scripted",
        patience: Patience = PATIENCE,
    ) -> HttpProvider:
        """Return what asks at an address."""
        match self.name:
            case "anthropic":
                return AnthropicProvider(
                    session, key=KEY, url=url, model=model, patience=patience
                )
            case "gemini":
                return GeminiProvider(
                    session, key=KEY, url=url, model=model, patience=patience
                )
            case "azure":
                return AzureProvider(
                    session,
                    url=url,
                    key=KEY,
                    model=model,
                    models=("other",),
                    patience=patience,
                )
            case "responses":
                asking: type[OpenAiProvider] = ResponsesProvider
            case _:
                asking = OpenAiProvider
        return asking(
            session, url=url, name="openai", key=KEY, model=model, patience=patience
        )


CHAT = Protocol(
    "chat",
    openai_server.serving,
    wrong_types=b'data: {"choices": 7}\n\n',
    overloaded=b'data: {"error": {"message": "secret", "code": 503}}\n\n',
)
RESPONSES = Protocol(
    "responses",
    openai_server.serving,
    wrong_types=b'data: {"type": ["response.output_text.delta"]}\n\n',
    overloaded=b'data: {"type": "response.failed", "response": '
    b'{"error": {"code": "server_error", "message": "secret"}}}\n\n',
)
AZURE = Protocol(
    "azure",
    azure_server.serving,
    wrong_types=CHAT.wrong_types,
    overloaded=CHAT.overloaded,
)
ANTHROPIC = Protocol(
    "anthropic",
    anthropic_server.serving,
    wrong_types=b'data: {"type": "content_block_delta", "delta": "text"}\n\n',
    overloaded=b'event: error\ndata: {"type": "error", "error": '
    b'{"type": "overloaded_error", "message": "secret"}}\n\n',
)
GEMINI = Protocol(
    "gemini",
    gemini_server.serving,
    wrong_types=b'data: {"candidates": {"content": "text"}}\n\n',
    overloaded=b'data: {"error": {"code": 503, "status": "UNAVAILABLE", '
    b'"message": "secret"}}\n\n',
)
PROTOCOLS = (CHAT, RESPONSES, AZURE, ANTHROPIC, GEMINI)
