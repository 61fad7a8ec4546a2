"""The event stream of Anthropic's messages API, and its errors."""

import re
from collections.abc import Sequence

import msgspec

from services.llm.model import (
    Completed,
    Delta,
    FinishReason,
    ModelCredentials,
    ModelProtocol,
    ModelRateLimited,
    ModelRejected,
    ModelUnavailable,
    ModelWindowExceeded,
    ProviderError,
    ProviderEvent,
    Reasoning,
)
from services.llm.providers.calls import Calls
from services.llm.providers.lines import Lines, decoded
from services.llm.providers.pieces import Pieces

CHARACTERS = 4  # of a token, about; an event holds several, and how many is not said

FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
    "tool_use": "tool_calls",
}
ERRORS: dict[str, type[ProviderError]] = {
    "authentication_error": ModelCredentials,
    "permission_error": ModelCredentials,
    "billing_error": ModelRateLimited,
    "rate_limit_error": ModelRateLimited,
    "invalid_request_error": ModelRejected,
    "request_too_large": ModelRejected,
}
WINDOW = re.compile(
    r"prompt is too long|exceeds? (the )?context (limit|window)", re.IGNORECASE
)
CREDIT = re.compile(r"credit balance is too low", re.IGNORECASE)


class Thought(msgspec.Struct):
    """Of the tokens written."""

    thinking_tokens: int = 0


class Usage(msgspec.Struct):
    """Tokens so far; those from the cache are not among `input_tokens`."""

    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None
    output_tokens_details: Thought | None = None


class Message(msgspec.Struct):
    """The answer, at its beginning."""

    model: str = ""
    usage: Usage | None = None


class Block(msgspec.Struct):
    """The beginning of a part of the answer."""

    type: str = ""
    text: str | None = None
    id: str | None = None
    name: str | None = None


class New(msgspec.Struct):
    """What is new, in a block or of the message."""

    text: str | None = None
    thinking: str | None = None
    signature: str | None = None  # of what was thought
    partial_json: str | None = None
    stop_reason: str | None = None


class Said(msgspec.Struct):
    """What an error says of itself."""

    type: str = ""
    message: str | None = None


class Happened(msgspec.Struct):
    """One event (https://docs.anthropic.com/en/api/messages-streaming)."""

    type: str = ""
    index: int = 0
    message: Message | None = None
    content_block: msgspec.Raw = msgspec.Raw(b"null")
    delta: New | None = None
    usage: Usage | None = None
    error: Said | None = None


HAPPENED = msgspec.json.Decoder(Happened)
BLOCK = msgspec.json.Decoder(Block | None)


class AnthropicStream:
    """Reads the bytes of a stream as they come, in pieces of any size."""

    def __init__(self, model: str, pieces: Pieces | None = None) -> None:
        self._lines = Lines()
        self._pieces = pieces or Pieces()
        self._calls = Calls()
        self._model = model
        self._read = self._cached = self._written = self._thought = 0
        self._finish_reason: FinishReason | None = None
        self.done = False
        self.take = self._pieces.take

    @property
    def complete(self) -> bool:
        """Whether the answer is whole."""
        return self.done

    def feed(self, data: bytes) -> None:
        """Read what is in these bytes."""
        for payload in self._lines.feed(data):
            self._hear(decoded(HAPPENED, payload))

    def end(self) -> Sequence[ProviderEvent]:
        """Return the calls that the model wants, and what it used."""
        finish = self._finish_reason or "unknown"
        called = self._calls.whole() if finish == "tool_calls" else ()
        return [
            *called,
            Completed(
                self._model,
                finish,
                self._read,
                self._written,
                self._cached,
                self._thought,
            ),
        ]

    def _hear(self, happened: Happened) -> None:
        match happened.type:
            case "content_block_delta":
                self._go_on(happened.index, happened.delta or New())
            case "content_block_start":
                self._begin(happened.index, happened.content_block)
            case "message_start":
                message = happened.message or Message()
                self._model = message.model or self._model
                self._count(message.usage)
                self._pieces.read(self._read)
            case "message_delta":
                self._count(happened.usage)
                if happened.delta and (reason := happened.delta.stop_reason):
                    self._finish_reason = FINISH.get(reason, "unknown")
            case "message_stop":
                self.done = True
            case "error":
                raise (meant(happened.error or Said()) or ModelUnavailable)

    def _begin(self, index: int, begun: msgspec.Raw) -> None:
        block = decoded(BLOCK, begun) or Block()
        if block.type == "tool_use":
            self._calls.add(index, block.id, block.name)
        elif block.text:
            self._say(Delta, block.text)

    def _go_on(self, index: int, new: New) -> None:
        if new.text:
            self._say(Delta, new.text)
        elif new.thinking:
            self._say(Reasoning, new.thinking)
        elif new.partial_json:
            self._calls.add(index, arguments=new.partial_json)

    def _say(self, said: type[Delta] | type[Reasoning], text: str) -> None:
        self._pieces.say(said, text, max(1, len(text) // CHARACTERS))

    def _count(self, usage: Usage | None) -> None:
        if not usage:
            return
        self._cached = usage.cache_read_input_tokens or self._cached
        if usage.input_tokens is not None:
            written_to_cache = usage.cache_creation_input_tokens or 0
            self._read = usage.input_tokens + written_to_cache + self._cached
        self._written = max(self._written, usage.output_tokens or 0)
        if usage.output_tokens_details:
            self._thought = usage.output_tokens_details.thinking_tokens


def refusal(body: bytes) -> ProviderError | None:
    """Read why a request is refused, if the body says more than its status."""
    try:
        said = decoded(HAPPENED, body).error
    except ModelProtocol:
        return None
    known = meant(said) if said else None
    return known() if known else None


def meant(error: Said) -> type[ProviderError] | None:
    """Tell what an error means, if its words are known."""
    message = error.message or ""
    if WINDOW.search(message):
        return ModelWindowExceeded
    if CREDIT.search(message):
        return ModelRateLimited
    return ERRORS.get(error.type)
