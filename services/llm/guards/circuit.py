"""A circuit breaker's states, without I/O and with a clock of one's own."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from services.llm.model import ModelUnavailable

CONSECUTIVE = 5  # failures one after the other that open it
WINDOW_SECONDS = 10.0
ENOUGH = 20  # calls in a window, of which half have to fail
REST_SECONDS = 1.0  # until the first probe; twice as long after each that fails
LONGEST_REST_SECONDS = 5.0


class CircuitOpen(ModelUnavailable):
    """The model's provider cannot be reached, or failed."""


@dataclass(frozen=True, slots=True)
class Pass:
    """May ask; as a probe, if the circuit is open."""

    probe: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """May not ask for so many seconds."""

    seconds: float


class Circuit:
    """
    Closed: all may ask. Open: nobody, but for a probe now and then.

    It opens after so many failures in a row, or when half of many calls fail, and
    closes as soon as one succeeds. A probe that hangs keeps no other from being sent.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._row = 0
        self._failed = self._all = 0  # in this window
        self._window_ends = clock() + WINDOW_SECONDS
        self._rest = REST_SECONDS
        self._probe_at: float | None = None  # None while closed

    @property
    def open(self) -> bool:
        """Tell whether nobody but a probe may ask."""
        return self._probe_at is not None

    @property
    def spotless(self) -> bool:
        """Tell whether there is nothing to remember."""
        return not self.open and self._row == 0 and self._failed == 0

    def ask(self) -> Pass | Refused:
        """Say whether the provider may be asked now."""
        if self._probe_at is None:
            return Pass(probe=False)
        now = self._clock()
        if now < self._probe_at:
            return Refused(self._probe_at - now)
        self._probe_at = now + self._rest
        return Pass(probe=True)

    def succeeded(self) -> None:
        """Count an answer that has begun, or a refusal that shows that it works."""
        self._row = 0
        if self._probe_at is not None:
            self._probe_at, self._rest = None, REST_SECONDS
            self._failed = self._all = 0
        self._count()

    def failed(self, *, probe: bool) -> None:
        """Count a failure; those who asked before it opened make it no worse."""
        self._row += 1
        self._count()
        self._failed += 1
        if self._probe_at is None:
            rate = self._all >= ENOUGH and self._failed * 2 >= self._all
            if self._row >= CONSECUTIVE or rate:
                self._probe_at = self._clock() + self._rest
        elif probe:
            self._rest = min(LONGEST_REST_SECONDS, self._rest * 2)
            self._probe_at = self._clock() + self._rest

    def _count(self) -> None:
        now = self._clock()
        if now >= self._window_ends:
            self._failed = self._all = 0
            self._window_ends = now + WINDOW_SECONDS
        self._all += 1
