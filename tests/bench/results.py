"""What was measured, as it is kept in JSON."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles


@dataclass(frozen=True, kw_only=True)
class Round:
    """One system doing one scenario once."""

    scenario: str
    system: str
    number: int
    right: int
    wrong: int
    tokens_each: int
    pieces: int
    seconds: float
    cpu_seconds: dict[str, float]
    first: list[float]
    whole: list[float]
    faults: list[str]

    @property
    def tokens_per_cpu_second(self) -> float | None:
        """Tokens of right replies over the CPU time of all the system's processes."""
        used = sum(self.cpu_seconds.values())
        return self.right * self.tokens_each / used if used else None

    @property
    def replies_per_second(self) -> float:
        """Right replies over the time that all took."""
        return self.right / self.seconds


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes by part: `idle` after the start, `loaded` at the most while it worked.

    Shared pages are shared out, but counted in full in `idle_resident`.
    """

    system: str
    idle: dict[str, int]
    loaded: dict[str, int]
    idle_resident: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One thing that was measured of Parley alone; the goal is the most it may be."""

    kind: str
    what: str
    at: str  # which percentile, part or size
    value: float
    unit: str
    of: str  # what it is taken over
    goal: float | None = None

    @property
    def met(self) -> bool | None:
        """Tell whether the goal is met, if there is one."""
        return None if self.goal is None else self.value <= self.goal


@dataclass(kw_only=True)
class Results:
    """A whole run."""

    when: str
    quick: bool
    machine: dict[str, str]
    versions: dict[str, str]
    notes: list[str] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    memory: list[Memory] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    def of(self, scenario: str, system: str) -> list[Round]:
        """Return the rounds of one system in one scenario."""
        return [
            each
            for each in self.rounds
            if (each.scenario, each.system) == (scenario, system)
        ]

    @property
    def scenarios(self) -> list[str]:
        """Name the scenarios, in the order in which they ran."""
        return list(dict.fromkeys(each.scenario for each in self.rounds))

    @property
    def systems(self) -> list[str]:
        """Name the systems, in the order in which they ran."""
        return list(dict.fromkeys(each.system for each in self.rounds))

    def forget(self, kinds: Collection[str]) -> None:
        """Drop what was measured of some kinds."""
        self.rounds = [
            each for each in self.rounds if each.scenario.split(" x ")[0] not in kinds
        ]
        self.figures = [each for each in self.figures if each.kind not in kinds]
        failed = tuple(f"{kind} was not measured" for kind in kinds)
        self.notes = [note for note in self.notes if not note.startswith(failed)]
        if "memory" in kinds:
            self.memory = []

    def write(self, file: Path) -> None:
        """Keep the run."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self), indent=1))


def read(file: Path) -> Results:
    """Return a run that was kept."""
    kept = json.loads(file.read_text())
    kept["rounds"] = [Round(**each) for each in kept["rounds"]]
    kept["memory"] = [Memory(**each) for each in kept["memory"]]
    kept["figures"] = [Figure(**each) for each in kept.get("figures", [])]
    return Results(**kept)


def efficiency(rounds: list[Round]) -> float | None:
    """Return the median of the tokens per CPU-second."""
    known = [each.tokens_per_cpu_second for each in rounds]
    found = [each for each in known if each is not None]
    return median(found) if found else None


def ratio(ours: list[Round], theirs: list[Round]) -> float | None:
    """Return the median over the rounds of our tokens per CPU-second over theirs."""
    pairs = [
        (our.tokens_per_cpu_second, their.tokens_per_cpu_second)
        for our in ours
        for their in theirs
        if our.number == their.number
    ]
    found = [our / their for our, their in pairs if our is not None and their]
    return median(found) if found else None


def percentile(values: list[float], percent: int) -> float:
    """Return a percentile; of fewer than 100 values the 99th is nearly the largest."""
    if len(values) < 2:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def firsts(rounds: list[Round]) -> list[float]:
    """Return the seconds to the first token, of all rounds."""
    return [first for each in rounds for first in each.first]


def wholes(rounds: list[Round]) -> list[float]:
    """Return the seconds to the end, of all rounds."""
    return [whole for each in rounds for whole in each.whole]
