"""The event stream of Google's Gemini API."""

from collections.abc import Sequence

import msgspec

from services.llm.model import (
    Completed,
    Delta,
    FinishReason,
    ModelBlocked,
    ModelUnavailable,
    ProviderEvent,
    Reasoning,
)
from services.llm.providers.calls import Calls
from services.llm.providers.gemini_errors import Said, meant
from services.llm.providers.lines import Lines, decoded
from services.llm.providers.pieces import Pieces

FINISH: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
}


class Call(msgspec.Struct):
    """A call of a tool, always whole. Not every model gives it an ID."""

    id: str | None = None
    name: str = ""
    args: dict[str, object] | None = None


class Part(msgspec.Struct, rename="camel"):
    """A part of what is new."""

    text: str | None = None
    thought: bool = False
    function_call: Call | None = None


class Content(msgspec.Struct):
    """What is new."""

    parts: Sequence[Part] = []


class Candidate(msgspec.Struct, rename="camel"):
    """One answer; Parley asks for one."""

    content: Content | None = None
    finish_reason: str | None = None


class Usage(msgspec.Struct, rename="camel"):
    """Tokens so far; those from the cache are among those of the prompt."""

    prompt_token_count: int = 0
    tool_use_prompt_token_count: int = 0
    cached_content_token_count: int = 0
    candidates_token_count: int = 0
    thoughts_token_count: int = 0


class Feedback(msgspec.Struct, rename="camel"):
    """Why a prompt is refused."""

    block_reason: str | None = None


class Chunk(msgspec.Struct, rename="camel"):
    """One event (https://ai.google.dev/api/generate-content)."""

    candidates: Sequence[Candidate] = []
    usage_metadata: Usage | None = None
    model_version: str | None = None
    prompt_feedback: Feedback | None = None
    error: Said | None = None


CHUNK = msgspec.json.Decoder(Chunk)


class GeminiStream:
    """Reads the bytes of a stream as they come, in pieces of any size."""

    def __init__(self, model: str, pieces: Pieces | None = None) -> None:
        self._lines = Lines()
        self._pieces = pieces or Pieces()
        self._calls = Calls()
        self._model = model
        self._usage = Usage()
        self._finish_reason: FinishReason | None = None
        self.done = False  # only the end of the response says so
        self.take = self._pieces.take

    @property
    def complete(self) -> bool:
        """Whether the answer is whole."""
        return self._finish_reason is not None

    def feed(self, data: bytes) -> None:
        """Read what is in these bytes."""
        for payload in self._lines.feed(data):
            self._hear(payload)

    def end(self) -> Sequence[ProviderEvent]:
        """Return the calls that the model wants, and what it used."""
        usage, finish = self._usage, self._finish_reason or "unknown"
        called = self._calls.whole() if finish == "stop" else ()
        return [
            *called,
            Completed(
                self._model,
                "tool_calls" if called else finish,
                usage.prompt_token_count + usage.tool_use_prompt_token_count,
                usage.candidates_token_count + usage.thoughts_token_count,
                usage.cached_content_token_count,
                usage.thoughts_token_count,
            ),
        ]

    def _hear(self, payload: bytes) -> None:
        self._read(decoded(CHUNK, payload))

    def _read(self, chunk: Chunk) -> None:
        if chunk.error:
            raise (meant(chunk.error) or ModelUnavailable())
        if chunk.prompt_feedback and chunk.prompt_feedback.block_reason:
            raise ModelBlocked
        self._model = chunk.model_version or self._model
        if chunk.candidates:
            self._choose(chunk.candidates[0])
        if chunk.usage_metadata:
            self._count(chunk.usage_metadata)

    def _choose(self, candidate: Candidate) -> None:
        for part in candidate.content.parts if candidate.content else ():
            if part.text:
                self._pieces.say(Reasoning if part.thought else Delta, part.text)
            if call := part.function_call:
                arguments = msgspec.json.encode(call.args or {}).decode()
                self._calls.add(len(self._calls), call.id, call.name, arguments)
        if candidate.finish_reason:
            self._finish_reason = FINISH.get(candidate.finish_reason, "unknown")

    def _count(self, usage: Usage) -> None:
        self._usage = usage
        self._pieces.read(usage.prompt_token_count + usage.tool_use_prompt_token_count)
        self._pieces.count(usage.candidates_token_count + usage.thoughts_token_count)
