"""The event stream of OpenAI's chat completions, read at the speed of the wire."""

from collections.abc import Sequence

import msgspec

from services.llm.model import (
    Completed,
    Delta,
    FinishReason,
    ModelProtocol,
    ModelUnavailable,
    ProviderEvent,
    Reasoning,
)
from services.llm.providers.calls import Calls
from services.llm.providers.lines import Lines
from services.llm.providers.openai_errors import Said, meant
from services.llm.providers.pieces import Pieces

DONE = b"[DONE]"
FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}


class Function(msgspec.Struct):
    """What is called, and with what."""

    name: str | None = None
    arguments: str | None = None


class CallPart(msgspec.Struct):
    """A part of a call. Not every endpoint says of which."""

    index: int | None = None
    id: str | None = None
    function: Function | None = None


class New(msgspec.Struct):
    """What is new."""

    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None  # DeepSeek, vLLM, llama.cpp
    reasoning: str | None = None  # Groq, Ollama, OpenRouter, vLLM
    tool_calls: Sequence[CallPart] | None = None


class Choice(msgspec.Struct):
    """One answer; Parley asks for one."""

    delta: New | None = None
    finish_reason: str | None = None


class Read(msgspec.Struct):
    """Of the tokens read."""

    cached_tokens: int | None = None


class Written(msgspec.Struct):
    """Of the tokens written."""

    reasoning_tokens: int | None = None


class Usage(msgspec.Struct):
    """Tokens, as the provider counts them."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: Read | None = None
    completion_tokens_details: Written | None = None


class Chunk(msgspec.Struct):
    """One event (https://platform.openai.com/docs/api-reference/chat-streaming)."""

    choices: Sequence[Choice] = []
    model: str | None = None
    usage: Usage | None = None
    error: Said | str | None = None


CHUNK = msgspec.json.Decoder(Chunk)


class ChatStream:
    """
    Reads the bytes of a stream as they come, in pieces of any size.

    One `feed` decodes all lines that a read brought and joins their text.
    """

    chunks: msgspec.json.Decoder[Chunk] = CHUNK

    def __init__(self, model: str, pieces: Pieces | None = None) -> None:
        self._lines = Lines()
        self._pieces = pieces or Pieces()
        self._calls = Calls()
        self._call = 0  # the one that goes on if a part does not say which
        self._model = model
        self._named = False
        self._usage = Usage()
        self._refused = False
        self._finish_reason: FinishReason | None = None
        self.done = False
        self.take = self._pieces.take
        self._say = self._pieces.say

    @property
    def complete(self) -> bool:
        """Whether the answer is whole: not every endpoint says `[DONE]`."""
        return self.done or self._finish_reason is not None

    def feed(self, data: bytes) -> None:
        """Read what is in these bytes."""
        decode = self.chunks.decode
        try:
            for payload in self._lines.feed(data):
                if payload == DONE:
                    self.done = True
                else:
                    self._read(decode(payload))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ModelProtocol from error

    def end(self) -> Sequence[ProviderEvent]:
        """Return the calls that the model wants, and what it used."""
        called, finish = self._calls.whole(), self._finish_reason or "unknown"
        if finish in ("length", "content_filter"):
            called = ()  # the last may have been cut off
        elif called:
            finish = "tool_calls"  # not every endpoint says so
        elif self._refused:
            finish = "content_filter"
        usage = self._usage
        read, written = usage.prompt_tokens_details, usage.completion_tokens_details
        return [
            *called,
            Completed(
                self._model,
                finish,
                usage.prompt_tokens or 0,
                usage.completion_tokens or self._pieces.tokens,
                (read.cached_tokens or 0) if read else 0,
                (written.reasoning_tokens or 0) if written else 0,
            ),
        ]

    def _read(self, chunk: Chunk) -> None:
        if chunk.error:
            known = meant(chunk.error) if isinstance(chunk.error, Said) else None
            raise (known or ModelUnavailable)
        if chunk.model and not self._named:
            self._model, self._named = chunk.model, True
        if chunk.choices:
            choice = chunk.choices[0]
            if choice.delta:
                self._hear(choice.delta)
            if choice.finish_reason:
                self._finish_reason = FINISH.get(choice.finish_reason, "unknown")
        if chunk.usage:
            self._count(chunk.usage)

    def _hear(self, new: New) -> None:
        if new.content:
            self._say(Delta, new.content)
        elif text := new.reasoning_content or new.reasoning:
            self._say(Reasoning, text)
        elif new.refusal:
            self._refused = True
            self._say(Delta, new.refusal)
        if new.tool_calls:
            self._call_on(new.tool_calls)

    def _call_on(self, parts: Sequence[CallPart]) -> None:
        for part in parts:
            if part.index is not None:
                self._call = part.index
            elif part.id or (part.function and part.function.name):
                self._call = len(self._calls)
            function = part.function or Function()
            self._calls.add(self._call, part.id, function.name, function.arguments)

    def _count(self, usage: Usage) -> None:
        self._usage = usage
        self._pieces.count(usage.completion_tokens or 0)
        if not self.complete:
            self._pieces.read(usage.prompt_tokens or 0)
