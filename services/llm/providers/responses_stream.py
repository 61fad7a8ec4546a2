"""The event stream of OpenAI's responses API."""

from collections.abc import Sequence

import msgspec

from services.llm.model import (
    Completed,
    Delta,
    FinishReason,
    ModelUnavailable,
    ProviderEvent,
    Reasoning,
)
from services.llm.providers.calls import Calls
from services.llm.providers.lines import Lines, decoded
from services.llm.providers.openai_errors import Said, meant
from services.llm.providers.pieces import Pieces

CUT: dict[str | None, FinishReason] = {
    "max_output_tokens": "length",
    "content_filter": "content_filter",
}


class Read(msgspec.Struct):
    """Of the tokens read."""

    cached_tokens: int = 0


class Written(msgspec.Struct):
    """Of the tokens written."""

    reasoning_tokens: int = 0


class Usage(msgspec.Struct):
    """Tokens, as the provider counts them."""

    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: Read = msgspec.field(default_factory=Read)
    output_tokens_details: Written = msgspec.field(default_factory=Written)


class Cut(msgspec.Struct):
    """Why an answer is incomplete."""

    reason: str | None = None


class Response(msgspec.Struct):
    """The answer, as far as it is."""

    model: str | None = None
    usage: Usage | None = None
    error: Said | None = None
    incomplete_details: Cut | None = None


class Item(msgspec.Struct):
    """A part of the answer, of which only calls of tools are looked at."""

    type: str = ""
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None


class Happened(msgspec.Struct):
    """One event (https://platform.openai.com/docs/api-reference/responses-streaming)."""

    type: str = ""
    delta: str | None = None
    item: msgspec.Raw = msgspec.Raw(b"null")
    response: Response | None = None
    code: str | None = None  # of an error, which some endpoints put one level deeper
    error: Said | None = None


HAPPENED = msgspec.json.Decoder(Happened)
ITEM = msgspec.json.Decoder(Item | None)


class ResponsesStream:
    """Reads the bytes of a stream as they come, in pieces of any size."""

    def __init__(self, model: str, pieces: Pieces | None = None) -> None:
        self._lines = Lines()
        self._pieces = pieces or Pieces()
        self._calls = Calls()
        self._model = model
        self._usage = Usage()
        self._finish_reason: FinishReason = "stop"
        self.done = False
        self.take = self._pieces.take

    @property
    def complete(self) -> bool:
        """Whether the answer is whole."""
        return self.done

    def feed(self, data: bytes) -> None:
        """Read what is in these bytes."""
        for payload in self._lines.feed(data):
            if payload != b"[DONE]":  # which some endpoints add
                self._read(decoded(HAPPENED, payload))

    def end(self) -> Sequence[ProviderEvent]:
        """Return the calls that the model wants, and what it used."""
        called = self._calls.whole() if self._finish_reason == "stop" else ()
        usage = self._usage
        return [
            *called,
            Completed(
                self._model,
                "tool_calls" if called else self._finish_reason,
                usage.input_tokens,
                usage.output_tokens,
                usage.input_tokens_details.cached_tokens,
                usage.output_tokens_details.reasoning_tokens,
            ),
        ]

    def _read(self, happened: Happened) -> None:
        match happened.type:
            case "response.output_text.delta":
                self._say(Delta, happened.delta)
            case "response.reasoning_summary_text.delta":
                self._say(Reasoning, happened.delta)
            case "response.reasoning_text.delta":
                self._say(Reasoning, happened.delta)
            case "response.refusal.delta":
                self._say(Delta, happened.delta)
                self._finish_reason = "content_filter"
            case "response.output_item.done":
                self._finish(happened.item)
            case "response.failed" | "error":
                response = happened.response or Response()
                said = response.error or happened.error or Said(happened.code)
                raise (meant(said) or ModelUnavailable)
            case "response.created" | "response.completed" | "response.incomplete":
                self._know(happened.response or Response())
                self.done = happened.type != "response.created"

    def _say(self, said: type[Delta] | type[Reasoning], text: str | None) -> None:
        if text:
            self._pieces.say(said, text)

    def _finish(self, said: msgspec.Raw) -> None:
        item = decoded(ITEM, said) or Item()
        if item.type == "function_call":
            self._calls.add(len(self._calls), item.call_id, item.name, item.arguments)

    def _know(self, response: Response) -> None:
        self._model = response.model or self._model
        if response.usage:
            self._usage = response.usage
            self._pieces.count(response.usage.output_tokens)
        if cut := response.incomplete_details:
            self._finish_reason = CUT.get(cut.reason, "unknown")
