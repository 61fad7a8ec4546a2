"""Errors as OpenAI says them, and those who speak its protocol."""

import re

import msgspec

from services.llm.model import (
    ModelBlocked,
    ModelCredentials,
    ModelProtocol,
    ModelRateLimited,
    ModelWindowExceeded,
    ProviderError,
)
from services.llm.providers.lines import decoded
from services.llm.providers.refusals import STATUSES

CODES: dict[str, type[ProviderError]] = {
    "context_length_exceeded": ModelWindowExceeded,
    "exceed_context_size_error": ModelWindowExceeded,  # llama.cpp
    "content_filter": ModelBlocked,  # Azure
    "content_policy_violation": ModelBlocked,
    "image_content_policy_violation": ModelBlocked,
    "misalignment_policy_violation": ModelBlocked,
    "bio_policy": ModelBlocked,
    "invalid_prompt": ModelBlocked,
    "invalid_api_key": ModelCredentials,
    "insufficient_quota": ModelRateLimited,
    "rate_limit_exceeded": ModelRateLimited,
    "tokens": ModelRateLimited,
    "requests": ModelRateLimited,
}
# vLLM, llama.cpp, Ollama, LM Studio and others have no code for it.
WINDOW = re.compile(
    r"(maximum|exceeds?|available|the) (model'?s? )?context (length|size|window)"
    r"|context (length|size|window) (is )?exceeded|prompt (is )?too long",
    re.IGNORECASE,
)


class Said(msgspec.Struct):
    """What an error says of itself."""

    code: str | int | None = None
    type: str | None = None
    message: str | None = None


class Refusal(msgspec.Struct):
    """The body of a refusal; some put the error itself there."""

    error: Said | str | None = None
    code: str | int | None = None
    type: str | None = None
    message: str | None = None


REFUSAL = msgspec.json.Decoder(Refusal)


def refusal(body: bytes) -> ProviderError | None:
    """Read why a request is refused, if the body says more than its status."""
    try:
        said = decoded(REFUSAL, body)
    except ModelProtocol:
        return None
    match said.error:
        case None:
            error = Said(said.code, said.type, said.message)
        case str(message):
            error = Said(message=message)
        case error:
            pass
    known = meant(error)
    return known() if known else None


def meant(error: Said) -> type[ProviderError] | None:
    """Tell what an error means, if its words are known."""
    if isinstance(error.code, int):
        known = STATUSES.get(error.code)
    else:
        known = CODES.get(error.code or "") or CODES.get(error.type or "")
    if WINDOW.search(error.message or ""):
        return ModelWindowExceeded
    return known
