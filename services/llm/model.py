"""What a model is asked and how it answers. No I/O, no protobuf."""

from dataclasses import dataclass
from typing import Literal

from services.kit.errors import Kind, ServiceError

MAX_TURNS = 1_000
MAX_QUESTION = 8 * 1024 * 1024  # bytes; more than any model's window holds
MAX_MODEL = 200

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "content_filter", "unknown"]


class ModelNotFound(ServiceError):
    """There is no such model. `ListModels` names those there are."""

    kind = Kind.NOT_FOUND
    reason = "MODEL_NOT_FOUND"


class ProviderError(ServiceError):
    """The model's provider failed."""

    kind = Kind.UNAVAILABLE
    reason = "MODEL_UNAVAILABLE"


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

    reason = "MODEL_REJECTED"


class ModelStalled(ProviderError):
    """The model's provider went silent."""

    reason = "MODEL_STALLED"


class ModelProtocol(ProviderError):
    """The model's provider broke its protocol or cut the stream."""

    reason = "MODEL_PROTOCOL"


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be asked."""

    id: str
    provider: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked: the conversation so far."""

    model: str  # empty for the default
    turns: tuple[Turn, ...]
    max_output_tokens: int = 0  # 0 for the provider's default


@dataclass(frozen=True, slots=True)
class Delta:
    """The answer goes on, by as many tokens as the provider lets us count."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The model's provider is silent, but not for too long yet."""


@dataclass(frozen=True, slots=True)
class Completed:
    """The answer is whole."""

    model: str
    finish_reason: FinishReason = "unknown"
    input_tokens: int = 0
    output_tokens: int = 0


Event = Delta | Heartbeat | Completed
