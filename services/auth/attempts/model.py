"""What is counted, and when it is too much."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from services.kit.errors import Kind as ErrorKind
from services.kit.errors import ServiceError

Kind = Literal[
    "password",
    "totp",
    "recovery",
    "passkey",
    "key",
    "device",
    "reset",
    "verification",
    "identity",
]

WINDOW_SECONDS = 15 * 60.0


class TooManyAttempts(ServiceError):
    """There were too many attempts. Try again later."""

    kind = ErrorKind.EXHAUSTED
    reason = "TOO_MANY_ATTEMPTS"


@dataclass(frozen=True, slots=True)
class Count:
    """How often something happened, and for how long that is remembered."""

    total: int
    seconds_left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many attempts there may be in a window."""

    pair: int = 10  # on one subject from one network; a success begins anew
    subject: int = 100  # on one subject from everywhere, but for its known devices
    address: int = 300  # from one network; many people may share it
    everyone: int = 20_000  # on all subjects from everywhere, but for known devices


# Codes of six to eight digits can be guessed: as many tries as a person needs.
CODE = Limits(subject=20)
LIMITS: Mapping[Kind, Limits] = MappingProxyType(
    {
        "password": Limits(),
        "totp": CODE,
        "recovery": CODE,
        # Cannot be guessed: only what it costs to ask is bounded.
        "passkey": Limits(everyone=200_000),
        "key": Limits(pair=1_000, subject=10_000, address=1_000, everyone=200_000),
        "identity": Limits(everyone=200_000),
        "device": Limits(),
        "reset": CODE,
        "verification": CODE,
    }
)
