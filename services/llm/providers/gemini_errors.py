"""Errors as Google says them."""

import re

import msgspec

from services.llm.model import (
    ModelCredentials,
    ModelProtocol,
    ModelRateLimited,
    ModelRejected,
    ModelWindowExceeded,
    ProviderError,
)
from services.llm.providers.lines import decoded

STATUSES: dict[str, type[ProviderError]] = {
    "UNAUTHENTICATED": ModelCredentials,
    "PERMISSION_DENIED": ModelCredentials,
    "RESOURCE_EXHAUSTED": ModelRateLimited,
    "INVALID_ARGUMENT": ModelRejected,
    "FAILED_PRECONDITION": ModelRejected,
    "OUT_OF_RANGE": ModelRejected,
}
KEYS = {"API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED"}
WINDOW = re.compile(r"token count.*exceeds the maximum", re.IGNORECASE | re.DOTALL)
DELAY = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)s")


class Detail(msgspec.Struct, rename="camel"):
    """What is said besides: an `ErrorInfo` or a `RetryInfo`."""

    reason: str | None = None
    retry_delay: str | None = None


class Said(msgspec.Struct):
    """What an error says of itself."""

    status: str = ""
    message: str = ""
    details: list[Detail] = []


class Refusal(msgspec.Struct):
    """The body of a refusal."""

    error: Said | None = None


REFUSAL = msgspec.json.Decoder(Refusal)


def refusal(body: bytes) -> ProviderError | None:
    """Read why a request is refused, if the body says more than its status."""
    try:
        said = decoded(REFUSAL, body).error
    except ModelProtocol:
        return None
    return meant(said) if said else None


def meant(said: Said) -> ProviderError | None:
    """Tell what an error means, if its words are known."""
    known = STATUSES.get(said.status)
    if WINDOW.search(said.message):
        known = ModelWindowExceeded
    if any(detail.reason in KEYS for detail in said.details):
        known = ModelCredentials
    error = known() if known else None
    for detail in said.details:
        if error and (delay := DELAY.fullmatch(detail.retry_delay or "")):
            error.retry_after = float(delay[1])
    return error
