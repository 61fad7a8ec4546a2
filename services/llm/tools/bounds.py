"""How much one answer may ask of models and tools."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from services.llm.tools.model import CallFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one answer may have."""

    model_calls: int = 12  # with tools; one more comes without
    calls: int = 32
    calls_of_tool: int = 16
    repeats: int = 2  # of a call with the same arguments, after the first
    calls_in_turn: int = 16
    at_once: int = 4
    seconds: float = 600.0


LIMITS = Limits()


class Bounds:
    """What one answer had so far. Once a bound is reached, no tool is offered."""

    def __init__(
        self, limits: Limits = LIMITS, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._until = clock() + limits.seconds
        self._model_calls = 0
        self._calls: Counter[str] = Counter()
        self._same: Counter[tuple[str, str]] = Counter()
        self.reached = False

    @property
    def left(self) -> float:
        """Seconds that are left for tools."""
        return self._until - self._clock()

    def ask(self) -> bool:
        """Count a call of the model; False if it may have no tools any more."""
        if self._model_calls >= self._limits.model_calls or self.left <= 0:
            self.reached = True
        self._model_calls += 1
        return not self.reached

    def call(self, tool: str, arguments: str) -> None:
        """Count a call of a tool; raises `CallFailed` if it is one too many."""
        if self.left <= 0:
            self._refuse("the time for tools is over")
        if self._calls.total() >= self._limits.calls:
            self._refuse("this answer has called tools often enough")
        if self._calls[tool] >= self._limits.calls_of_tool:
            self._refuse("this answer has called this tool often enough")
        if self._same[tool, arguments] > self._limits.repeats:
            self._refuse("the same call was made before, with the same arguments")
        self._calls[tool] += 1
        self._same[tool, arguments] += 1

    def _refuse(self, why: str) -> None:
        self.reached = True
        raise CallFailed(f"Not called: {why}.")
