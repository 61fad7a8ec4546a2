"""The one way a service says no."""

from enum import Enum, auto
from typing import ClassVar


class Kind(Enum):
    """What a caller can do about an error; the transport picks the code."""

    INVALID = auto()
    UNAUTHENTICATED = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    CONFLICT = auto()
    PRECONDITION = auto()
    EXHAUSTED = auto()
    UNAVAILABLE = auto()
    OUT_OF_RANGE = auto()
    ABORTED = auto()


class ServiceError(Exception):
    """
    An expected failure that may be shown to the caller.

    Subclasses set `kind` and `reason` (one of `parley.error.v1.ErrorReason`); their
    docstring is the message. Anything else that is raised is a bug: the caller sees
    INTERNAL and no detail.
    """

    kind: ClassVar[Kind]
    reason: ClassVar[str]

    def __init__(
        self,
        *,
        retry_seconds: float | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        **metadata: object,
    ) -> None:
        super().__init__(" ".join((self.__doc__ or self.reason).split()))
        self.retry_seconds = retry_seconds
        self.headers = headers
        self.metadata = {key: str(value) for key, value in metadata.items()}


class Unavailable(ServiceError):
    """A part of Parley is not available now. Try again in a moment."""

    kind = Kind.UNAVAILABLE
    reason = "UNAVAILABLE"


class Overloaded(ServiceError):
    """Parley is busy. Try again in a moment."""

    kind = Kind.EXHAUSTED
    reason = "OVERLOADED"


class InvalidField(ServiceError):
    """A field of the request is missing or not as it should be."""

    kind = Kind.INVALID
    reason = "INVALID_FIELD"


class RequestIdReused(ServiceError):
    """The request ID was used for another request before. Make a new one."""

    kind = Kind.INVALID
    reason = "REQUEST_ID_REUSED"
