"""What a model is asked and how it answers. No I/O, no protobuf."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from services.kit.errors import Kind, ServiceError
from services.llm.names import DocumentName

MAX_TURNS = 1_000
MAX_QUESTION = 8 * 1024 * 1024  # bytes; more than any model's window holds
MAX_MODEL = 200

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal[
    "stop", "length", "content_filter", "tool_calls", "tool_limit", "unknown"
]
Effort = Literal["low", "medium", "high"]
Capability = Literal["vision", "tools", "json_schema", "reasoning"]


class ModelNotFound(ServiceError):
    """There is no such model. `ListModels` names those there are."""

    kind = Kind.NOT_FOUND
    reason = "MODEL_NOT_FOUND"


class ProviderError(ServiceError):
    """The model's provider failed."""

    kind = Kind.UNAVAILABLE
    reason = "MODEL_UNAVAILABLE"
    retry_after: float | None = None  # seconds, if the provider said so


class ModelUnavailable(ProviderError):
    """The model's provider cannot be reached, or failed."""


class ModelCredentials(ProviderError):
    """The model's provider refused Parley's credentials."""

    reason = "MODEL_CREDENTIALS"


class ModelRateLimited(ProviderError):
    """The model's provider limits the rate or the spend."""

    reason = "MODEL_RATE_LIMITED"


class ModelRejected(ProviderError):
    """The model's provider refused the request as it is."""

    kind = Kind.PRECONDITION  # the same again is refused again
    reason = "MODEL_REJECTED"


class ModelWindowExceeded(ProviderError):
    """What was said last is longer than the model's window."""

    kind = Kind.PRECONDITION
    reason = "MODEL_WINDOW_EXCEEDED"


class ModelBlocked(ProviderError):
    """The rules of this deployment do not allow the question or the answer."""

    kind = Kind.PRECONDITION
    reason = "MODEL_BLOCKED"


class ModelStalled(ProviderError):
    """The model's provider went silent."""

    reason = "MODEL_STALLED"


class ModelProtocol(ProviderError):
    """The model's provider broke its protocol or cut the stream."""

    reason = "MODEL_PROTOCOL"


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, in micro-USD."""

    input: int = 0
    output: int = 0


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be asked."""

    id: str
    provider: str
    display_name: str = ""  # empty: the ID
    window: int = 0  # tokens read and written together; 0 if not known
    max_output: int = 0  # tokens; 0 if not known
    capabilities: frozenset[Capability] = frozenset()
    price: Price = Price()

    def may(self, capability: Capability) -> bool:
        """Tell whether to ask it for something: of who is not known, it is tried."""
        known = bool(self.window or self.capabilities)
        return capability in self.capabilities or not known


@dataclass(frozen=True, slots=True)
class Image:
    """An image to be shown to a model."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool that a model may call."""

    name: str  # [a-zA-Z0-9_-]{1,64}, which every provider takes
    description: str
    parameters: Mapping[str, object]  # a JSON Schema of type `object`


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A model wants a tool to be called. Among the events: the call is whole."""

    id: str  # the provider's
    name: str
    arguments: str  # JSON, as the model wrote it


@dataclass(frozen=True, slots=True)
class Verbatim:
    """
    An answer that calls tools as its provider wrote it, with what the model thought.

    Among the events: before the calls. Only who wrote it can read it, and wants it back
    with the results of the calls, as it is. No user sees it, and nobody keeps it.
    """

    writer: str = field(repr=False)  # where which model was asked
    content: tuple[bytes, ...] = field(repr=False)  # JSON in the words of its protocol
    text: str = field(repr=False)  # what was said
    thoughts: str = field(repr=False)  # as far as they can be read
    tool_uses: tuple[ToolUse, ...] = field(repr=False)
    key: int = 0  # of several keys of a provider, the one that it was written for

    @property
    def size(self) -> int:
        """Its bytes."""
        return sum(map(len, self.content))


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation."""

    role: Role
    text: str
    id: UUID | None = None  # the message that it is
    attachments: tuple[DocumentName, ...] = ()
    images: tuple[Image, ...] = ()
    tool_uses: tuple[ToolUse, ...] = ()  # of the assistant
    tool_use_id: str = ""  # of the role `tool`: the call whose result it is
    verbatim: Verbatim | None = None  # of the assistant: all of it, as it was written

    def written_by(self, writer: str) -> bool:
        """Tell whether this is, to the letter, what a model wrote."""
        return (
            self.verbatim is not None
            and self.verbatim.writer == writer
            and self.verbatim.text == self.text
            and self.verbatim.tool_uses == self.tool_uses
        )


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a document that an answer may rest on."""

    document: str  # users/{user}/documents/{document}
    display_name: str
    text: str
    page: int = 0  # from 1; 0 where there are none
    section: str = ""
    start: int = 0  # characters from the document's first
    end: int = 0
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked: the conversation so far, ready to be sent."""

    model: str  # empty for the default
    turns: tuple[Turn, ...]
    max_output_tokens: int = 0  # 0 for the provider's default
    tools: tuple[ToolSpec, ...] = ()
    response_schema: str = ""  # a JSON Schema that the answer has to follow
    temperature: float | None = None
    effort: Effort | None = None
    user_id: UUID | None = None  # who asks, so that users get their turns fairly
    groups: frozenset[UUID] = frozenset()  # that they are in, for what tools read
    cached: bool = False  # an answer given to exactly this before will do
    passages: tuple[Passage, ...] = ()  # found for it; `turns` holds them, too
    unsearched: bool = False  # the knowledge could not be searched in time
    room: int | None = None  # tokens left for results of tools; None if not known


@dataclass(frozen=True, slots=True)
class Delta:
    """The answer goes on, by as many tokens as the provider lets us count."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Reasoning:
    """The model thinks aloud, by as many tokens as the provider lets us count."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The model's provider is silent, but not for too long yet."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that are read so far, as far as anybody knows."""

    input_tokens: int
    model: str = ""  # that is asked, in the first of them


@dataclass(frozen=True, slots=True)
class Completed:
    """The answer is whole."""

    model: str
    finish_reason: FinishReason = "unknown"
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0
    cached: bool = False  # taken from the cache, so it costs nothing
    prompt_version: str = ""  # the name of what gave the instructions


ProviderEvent = Delta | Reasoning | Verbatim | ToolUse | Heartbeat | Usage | Completed


@dataclass(frozen=True, slots=True)
class Cited:
    """The text has come to a passage's number for the first time."""

    number: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class Searched:
    """The knowledge was searched, or could not be in time."""

    passages: int
    degraded: bool


CallState = Literal["awaiting_approval", "running", "succeeded", "failed", "denied"]


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A tool is being used: the newest of its events says all."""

    id: UUID
    tool: str
    display_name: str
    arguments: str
    state: CallState
    result: str = ""
    truncated: bool = False


Event = ProviderEvent | Cited | Searched | ToolCalled
