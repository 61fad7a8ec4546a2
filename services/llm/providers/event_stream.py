"""The event stream of OpenAI's chat completions, read at the speed of the wire."""

import msgspec

from services.llm.model import FinishReason, ModelProtocol, ModelUnavailable

MAX_LINE = 1024 * 1024  # bytes; a longer line is no token of any model
DATA = b"data:"
DONE = b"[DONE]"
FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
}


class Delta(msgspec.Struct):
    """What is new."""

    content: str | None = None


class Choice(msgspec.Struct):
    """One answer; Parley asks for one."""

    delta: Delta | None = None
    finish_reason: str | None = None


class Usage(msgspec.Struct):
    """Tokens, as the provider counts them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Chunk(msgspec.Struct):
    """One event (https://platform.openai.com/docs/api-reference/chat-streaming)."""

    choices: list[Choice] = []
    model: str | None = None
    usage: Usage | None = None
    error: object = None


class EventStream:
    """
    Reads the bytes of a stream as they come, in pieces of any size.

    One `feed` decodes all lines that a read brought and joins their text: a fast
    provider costs one event for many tokens.
    """

    def __init__(self) -> None:
        self._decoder = msgspec.json.Decoder(Chunk)
        self._rest = b""
        self.model = ""
        self.tokens = 0  # so far, at least
        self.usage = Usage()
        self.finish_reason: FinishReason | None = None
        self.done = False

    @property
    def complete(self) -> bool:
        """Whether the answer is whole: not every endpoint says `[DONE]`."""
        return self.done or self.finish_reason is not None

    def feed(self, data: bytes) -> str:
        """Return the text that is in these bytes."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MAX_LINE:
            raise ModelProtocol
        texts = []
        for line in lines:
            # Anything else is an event's name, a comment or the blank between two.
            if line.startswith(DATA) and (
                text := self._read(line[len(DATA) :].strip())
            ):
                texts.append(text)
        return "".join(texts)

    def _read(self, payload: bytes) -> str:
        if payload == DONE:
            self.done = True
            return ""
        try:
            chunk = self._decoder.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ModelProtocol from error
        if chunk.error:
            raise ModelUnavailable
        if chunk.model and not self.model:
            self.model = chunk.model
        text = self._answer(chunk.choices[0]) if chunk.choices else ""
        # As a rule an event is a token, and how many there really were is said only at
        # the end: who groups tokens, or hides some, is counted too low until then.
        if text:
            self.tokens += 1
        if chunk.usage:
            self.usage = chunk.usage
            self.tokens = max(self.tokens, chunk.usage.completion_tokens)
        return text

    def _answer(self, choice: Choice) -> str:
        if choice.finish_reason:
            self.finish_reason = FINISH.get(choice.finish_reason, "unknown")
        return (choice.delta.content or "") if choice.delta else ""
