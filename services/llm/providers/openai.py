"""Any endpoint that speaks OpenAI's chat completions, OpenAI and Ollama among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import aiohttp
import msgspec

from services.llm.model import Model, ProviderError, Question, ToolSpec
from services.llm.providers.beat import Beat
from services.llm.providers.chat_kept import KeepingChatStream
from services.llm.providers.chat_messages import message
from services.llm.providers.chat_stream import ChatStream
from services.llm.providers.endpoint import (
    PATIENCE,
    Answer,
    HttpProvider,
    Patience,
)
from services.llm.providers.endpoint import client_session as client_session
from services.llm.providers.lines import decoded
from services.llm.providers.openai_errors import refusal
from services.llm.providers.schemas import answer_format

if TYPE_CHECKING:
    # Only for their types: the SDK itself costs every process a second and 25 MB.
    from openai.types.chat import ChatCompletionToolParam
    from openai.types.chat.completion_create_params import (
        CompletionCreateParamsStreaming,
    )

OPENAI_URL = "https://api.openai.com/v1"
OLLAMA = "ollama"


class Listed(msgspec.Struct):
    """One entry of the list of models."""

    id: str


class Listing(msgspec.Struct):
    """The list of models."""

    data: list[Listed]


LISTING = msgspec.json.Decoder(Listing)


class OpenAiProvider(HttpProvider):
    """Asks one endpoint that speaks OpenAI's chat completions."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        name: str,
        key: str | None = None,
        model: str | None = None,
        models: Sequence[str] = (),
        beat: Beat | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        super().__init__(
            session,
            url=url,
            name=name,
            headers={"authorization": f"Bearer {key}"} if key else {},
            model=model,
            models=models,
            beat=beat,
            patience=patience,
        )

    def _path(self, model: str) -> str:
        return "/chat/completions"

    def _answer(self, model: str, writer: str | None) -> Answer:
        return KeepingChatStream(model, writer) if writer else ChatStream(model)

    def _read_list(self, data: bytes) -> Sequence[Model]:
        return [Model(listed.id, self._name) for listed in decoded(LISTING, data).data]

    def _refusal(self, body: bytes) -> ProviderError | None:
        return refusal(body)

    def _body(self, question: Question, model: str) -> object:
        return request(question, model, ollama=self._name == OLLAMA)


def request(
    question: Question, model: str, *, ollama: bool
) -> CompletionCreateParamsStreaming:
    """Say a question in OpenAI's words."""
    said: CompletionCreateParamsStreaming = {
        "model": model,
        "messages": [message(turn) for turn in question.turns],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if limit := question.max_output_tokens:
        if ollama:  # which knows OpenAI's former name of it alone
            said["max_tokens"] = limit
        else:
            said["max_completion_tokens"] = limit
    if question.tools:
        said["tools"] = [tool(spec) for spec in question.tools]
    if question.response_schema:
        said["response_format"] = {
            "type": "json_schema",
            "json_schema": answer_format(question.response_schema),
        }
    if question.temperature is not None:
        said["temperature"] = question.temperature
    if question.effort:
        said["reasoning_effort"] = question.effort
    return said


def tool(spec: ToolSpec) -> ChatCompletionToolParam:
    """Offer a tool in OpenAI's words."""
    return {
        "type": "function",
        "function": {
            "name": spec.name,
            "description": spec.description,
            "parameters": dict(spec.parameters),
        },
    }
