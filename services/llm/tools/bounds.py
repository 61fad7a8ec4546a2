"""How much one answer may ask of models and tools."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from services.llm.model import Turn
from services.llm.tools.model import MAX_RESULT, CallFailed

TOKEN_BYTES = 3  # of a token, at the least as estimates go
FRAME_BYTES = 150  # around a result
LEAST_BYTES = 1024  # of room, for a tool to be worth calling


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
        self,
        limits: Limits = LIMITS,
        *,
        room: int | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Have so many tokens of room in the model's window; None if not known."""
        self._limits = limits
        self._room = None if room is None else room * TOKEN_BYTES
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

    @property
    def room(self) -> int:
        """Bytes of a result that the model can be told."""
        if self._room is None:
            return MAX_RESULT
        return max(0, min(MAX_RESULT, self._room - FRAME_BYTES))

    def read(self, text: str) -> None:
        """Count what the model reads next time beside what it has read."""
        self._fill(len(text.encode(errors="replace")))

    def write(self, turn: Turn) -> None:
        """Count what the model has written, which it reads next time."""
        if turn.verbatim and turn.written_by(turn.verbatim.writer):
            self._fill(turn.verbatim.size)
        else:
            self.read(turn.text + "".join(use.arguments for use in turn.tool_uses))

    def ask(self) -> bool:
        """Count a call of the model; False if it may have no tools any more."""
        full = self._model_calls > 0 and self.room < LEAST_BYTES
        if full or self._model_calls >= self._limits.model_calls or self.left <= 0:
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

    def _fill(self, size: int) -> None:
        if self._room is not None:
            self._room -= size + FRAME_BYTES

    def _refuse(self, why: str) -> None:
        self.reached = True
        raise CallFailed(f"Not called: {why}.")
