"""What each system is asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["first-token", "burst", "paced", "memory"]
KINDS: tuple[Kind, ...] = ("first-token", "burst", "paced", "memory")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Readers who ask at once, each again when its reply is whole.

    `seconds` is how long a round should take; without it, each reader asks
    `replies_each` times.
    """

    kind: Kind
    readers: int
    tokens: int
    delay: float
    replies_each: int
    rounds: int = 1
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """What the results call it."""
        return f"{self.kind} x {self.readers}"

    @property
    def ramp(self) -> float:
        """Seconds over which the readers begin: not all at one beat of the model."""
        return min(1.0, self.delay * self.tokens / 2)

    @property
    def warming(self) -> int:
        """How many replies warm a system up."""
        return min(self.readers, 64) * self.replies_each

    def replies(self, per_second: float) -> int:
        """Return how many replies a round has, given what the warm-up managed."""
        filling = round(self.seconds * per_second / self.readers)
        return self.readers * max(self.replies_each, filling)


def chosen(kinds: Sequence[str], *, quick: bool) -> list[Scenario]:
    """Return the scenarios of these kinds."""
    scenarios = _few() if quick else _all()
    return [scenario for scenario in scenarios if scenario.kind in kinds]


def memory(*, quick: bool) -> Scenario:
    """Return the load under which memory is read."""
    return _paced(64, each=2, tokens=50 if quick else 200)


def _few() -> list[Scenario]:
    return [
        _first_token(1, each=20, tokens=10, delay=0.005),
        _burst(16, seconds=1.0),
        _paced(64, tokens=50),
    ]


def _all() -> list[Scenario]:
    return [
        _first_token(1, each=100, tokens=10, delay=0.005, rounds=3),
        _first_token(50, each=4, tokens=50, delay=0.02, rounds=3),
        *(_burst(readers, seconds=6.0, rounds=3) for readers in (1, 16, 64)),
        _paced(64, tokens=200, rounds=3),
        _paced(256, tokens=200, rounds=2),  # some systems take half a minute for it
    ]


def _first_token(
    readers: int, *, each: int, tokens: int, delay: float, rounds: int = 1
) -> Scenario:
    return Scenario(
        kind="first-token",
        readers=readers,
        tokens=tokens,
        delay=delay,
        replies_each=each,
        rounds=rounds,
    )


def _burst(readers: int, *, seconds: float, rounds: int = 1) -> Scenario:
    return Scenario(
        kind="burst",
        readers=readers,
        tokens=200,
        delay=0.0,
        replies_each=max(1, 16 // readers),
        rounds=rounds,
        seconds=seconds,
    )


def _paced(readers: int, *, tokens: int, each: int = 1, rounds: int = 1) -> Scenario:
    return Scenario(
        kind="paced",
        readers=readers,
        tokens=tokens,
        delay=0.02,
        replies_each=each,
        rounds=rounds,
    )
