"""What a fault is, and what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from tests.faults.system import System


@dataclass
class Findings:
    """How often a promise was put to the test, how often broken, and the figures."""

    runs: int = 0
    violations: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)

    def add(self, violations: list[str]) -> None:
        """Count one run."""
        self.runs += 1
        self.violations += violations


Hurt = Callable[[System, int, Random], Awaitable[Findings]]


@dataclass(frozen=True)
class Fault:
    """A stimulus, and how often it is given."""

    number: str
    stimulus: str
    hurt: Hurt
    short: int
    full: int


def quantile(values: list[float], part: float) -> float:
    """Return the value below which this part of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def milliseconds(title: str, values: list[float], part: float = 0.95) -> str:
    """Write a time as the table shows it."""
    return f"{title} p{part * 100:.0f} {quantile(values, part) * 1000:,.0f} ms"
