"""What is counted, and when it is too much."""

from dataclasses import dataclass

from services.kit.errors import Kind, ServiceError


class TooManyAttempts(ServiceError):
    """There were too many attempts. Try again later."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_ATTEMPTS"


@dataclass(frozen=True, slots=True)
class Count:
    """How often something happened, and for how long that is remembered."""

    total: int
    seconds_left: float
