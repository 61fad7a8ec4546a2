"""Anthropic's messages API."""

import re
from collections.abc import Iterator, Mapping, Sequence

import aiohttp
import msgspec

from services.llm.model import Effort, Model, ProviderError, Question, Turn
from services.llm.providers.anthropic_kept import KeepingAnthropicStream
from services.llm.providers.anthropic_models import read_models
from services.llm.providers.anthropic_stream import AnthropicStream, refusal
from services.llm.providers.beat import Beat
from services.llm.providers.calls import arguments
from services.llm.providers.endpoint import PATIENCE, HttpProvider, Patience
from services.llm.providers.keeping import plain

ANTHROPIC_URL = "https://api.anthropic.com/v1"
VERSION = "2026-10-21"  # which takes no temperature, as its newer models do not
MAX_OUTPUT_TOKENS = 8_192  # which every model since Claude 3.5 can write
MAX_THINKING_OUTPUT_TOKENS = 32_000  # of which thoughts take a part

# Those that think for as many tokens as they are told; and those that think unasked.
BUDGETED = re.compile(r"claude-(3|(opus|sonnet|haiku)-4(-[015])?(-\d{8})?$)")
THINKING = re.compile(r"claude-[a-z]+-([5-9]|\d\d)")
BUDGETS: Mapping[Effort, int] = {"low": 2_048, "medium": 8_192, "high": 24_576}
MIN_BUDGET = 1_024

Body = dict[str, object]
Block = Body | msgspec.Raw  # or as it was written


class AnthropicProvider(HttpProvider):
    """Asks one endpoint that speaks Anthropic's protocol."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        key: str,
        url: str = ANTHROPIC_URL,
        name: str = "anthropic",
        model: str | None = None,
        models: Sequence[str] = (),
        beat: Beat | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        super().__init__(
            session,
            url=url,
            name=name,
            headers={"x-api-key": key, "anthropic-version": VERSION},
            model=model,
            models=models,
            beat=beat,
            patience=patience,
        )

    @property
    def _list_path(self) -> str:
        return "/models?limit=1000"

    def _path(self, model: str) -> str:
        return "/messages"

    def _answer(self, model: str, writer: str | None) -> AnthropicStream:
        if writer:
            return KeepingAnthropicStream(model, writer)
        return AnthropicStream(model)

    def _read_list(self, data: bytes) -> Sequence[Model]:
        return read_models(data, self._name)

    def _refusal(self, body: bytes) -> ProviderError | None:
        return refusal(body)

    def _body(self, question: Question, model: str) -> Body:
        limit = question.max_output_tokens
        body: Body = {
            "model": model,
            "max_tokens": limit or MAX_OUTPUT_TOKENS,
            "stream": True,
        }
        if system := [turn.text for turn in question.turns if turn.role == "system"]:
            body["system"] = "\n\n".join(system)
        if question.tools:
            body["tools"] = [
                {
                    "name": spec.name,
                    "description": spec.description,
                    "input_schema": spec.parameters,
                }
                for spec in question.tools
            ]
        config: Body = {}
        if question.response_schema:
            schema = msgspec.json.decode(question.response_schema)
            config["format"] = {"type": "json_schema", "schema": schema}
        if BUDGETED.match(model):
            if budget := budget_of(question):
                body["thinking"] = {"type": "enabled", "budget_tokens": budget}
                body["max_tokens"] = limit or MAX_OUTPUT_TOKENS + budget
        elif question.effort or THINKING.match(model):
            # Else what they say between calls of tools is not shown, either.
            body["thinking"] = {"type": "adaptive", "display": "summarized"}
            body["max_tokens"] = limit or MAX_THINKING_OUTPUT_TOKENS
            if question.effort:
                config["effort"] = question.effort
        if config:
            body["output_config"] = config
        if "thinking" not in body:  # then thoughts of before are refused
            question = plain(question)
        body["messages"] = messages(question.turns)
        return body


def budget_of(question: Question) -> int:
    """Tell for how many tokens a model may think; 0 if it cannot."""
    if not question.effort or not goes_on(question.turns):
        return 0
    budget, limit = BUDGETS[question.effort], question.max_output_tokens
    if limit:
        budget = min(budget, limit // 2)
    return budget if budget >= MIN_BUDGET else 0


def goes_on(turns: Sequence[Turn]) -> bool:
    """Tell whether a model may think: after calls, if it has thought before them."""
    first = None
    for turn in reversed(turns):
        if turn.role == "user":
            break
        first = turn if turn.tool_uses else first
    return first is None or first.verbatim is not None


def messages(turns: Sequence[Turn]) -> list[Body]:
    """Say turns in Anthropic's words; the user says results of tools, together."""
    said: list[tuple[str, list[Block]]] = []
    for turn in turns:
        if turn.role == "system":
            continue
        role = "assistant" if turn.role == "assistant" else "user"
        if not said or said[-1][0] != role:
            said.append((role, []))
        said[-1][1].extend(blocks(turn))
    return [{"role": role, "content": content} for role, content in said if content]


def blocks(turn: Turn) -> Iterator[Block]:
    """Say a turn, part by part."""
    if turn.role == "tool":
        yield {
            "type": "tool_result",
            "tool_use_id": turn.tool_use_id,
            "content": turn.text,
        }
        return
    if turn.verbatim:
        yield from map(msgspec.Raw, turn.verbatim.content)
        return
    for image in turn.images:
        source = {"type": "base64", "media_type": image.media_type, "data": image.data}
        yield {"type": "image", "source": source}
    if turn.text.strip():  # else it is refused
        yield {"type": "text", "text": turn.text}
    for use in turn.tool_uses:
        yield {
            "type": "tool_use",
            "id": use.id,
            "name": use.name,
            "input": arguments(use),
        }
