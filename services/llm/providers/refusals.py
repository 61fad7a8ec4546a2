"""Why a provider did not answer, from what HTTP says of it."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from services.llm.model import (
    ModelCredentials,
    ModelRateLimited,
    ModelRejected,
    ModelUnavailable,
    ProviderError,
)

STATUSES: dict[int, type[ProviderError]] = {
    400: ModelRejected,
    401: ModelCredentials,
    402: ModelRateLimited,
    403: ModelCredentials,
    404: ModelRejected,
    413: ModelRejected,
    422: ModelRejected,
    429: ModelRateLimited,
}


def of_status(status: int) -> type[ProviderError]:
    """Tell what a status means, if the provider says no more."""
    return STATUSES.get(status, ModelUnavailable)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read in how many seconds the provider wants to be asked again, if it says so."""
    if (precise := _number(headers.get("retry-after-ms"))) is not None:
        return precise / 1000
    said = headers.get("retry-after")
    if (seconds := _number(said)) is not None or not said:
        return seconds
    try:
        date = parsedate_to_datetime(said)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _number(said: str | None) -> float | None:
    try:
        number = float(said or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
