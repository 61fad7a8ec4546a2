"""How far a run is, and how long it still takes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

# Seconds on two quiet cores, of a whole run and of a quick one; only to estimate.
SECONDS = {
    "start": (40, 20),
    "first-token": (90, 15),
    "burst": (200, 20),
    "paced": (250, 25),
    "memory": (60, 25),
    "resume": (110, 25),
    "stop": (70, 15),
    "idle": (170, 60),
    "length": (190, 30),
    "search": (320, 40),
    "guards": (110, 20),
    "retrieve": (300, 20),
    "upload": (60, 10),
    "sign-in": (60, 40),
    "mesh": (125, 30),
}


class Steps:
    """The steps of a run, one after the other."""

    def __init__(
        self, progress: Progress, kinds: Sequence[str], *, quick: bool
    ) -> None:
        self._progress = progress
        self._left = {kind: float(SECONDS[kind][quick]) for kind in kinds}
        self._kind, self._began = "", 0.0
        self._task = progress.add_task("", total=sum(self._left.values()), left="")

    @classmethod
    @contextmanager
    def shown(
        cls, console: Console, kinds: Sequence[str], *, quick: bool
    ) -> Iterator[Self]:
        """Show a bar while the block runs; without a terminal, a line for each step."""
        columns = (
            SpinnerColumn(),
            BarColumn(20),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.description}"),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            yield cls(progress, kinds, quick=quick)

    def begin(self, kind: str) -> None:
        """Go on to the next kind; the one before is done."""
        self._progress.advance(self._task, self._left.pop(self._kind, 0.0))
        self._kind, self._began = kind, monotonic()
        if not self._progress.console.is_terminal:
            self._progress.console.print(f"{kind} ({self.left})")

    @property
    def left(self) -> str:
        """Estimate the time to the end."""
        spent = monotonic() - self._began
        done = min(spent, self._left.get(self._kind, 0.0))
        left = sum(self._left.values()) - done
        return f"about {left / 60:.0f} min left"

    def tell(self, what: str) -> None:
        """Say what is being done."""
        self._progress.update(self._task, description=what, left=self.left)
