"""What is measured of Parley alone, beside what it should be."""

from dataclasses import dataclass

from tests.bench.results import Figure, Results, efficiency
from tests.bench.summary import OURS, Table

BURST = 20_000  # tokens per CPU-second, at the least
TITLES = {
    "resume": "Resuming after a replica was killed",
    "stop": "From stop to a closed socket",
    "idle": "Streams on which nothing happens",
    "length": "What a token costs, by length",
    "search": "Finding and listing",
    "guards": "llm alone",
    "retrieve": "Finding passages of documents",
    "upload": "Taking files in",
    "sign-in": "Signing in",
    "mesh": "One hop through the mesh",
}


@dataclass(frozen=True)
class Goal:
    """A goal, and how near it is."""

    what: str
    wanted: str
    found: str
    met: bool
    kind: str


def goals(results: Results) -> Table:
    """Say which goals are met."""
    reached = [*_bursts(results), *map(_goal, filter(_wanted, results.figures))]
    rows = [
        [each.what, each.wanted, each.found, _word(each.met), repeating(each.kind)]
        for each in reached
    ]
    return Table("Goals", ["what", "goal", "measured", "", "again"], rows)


def alone(results: Results) -> list[Table]:
    """Return a table for each kind that was measured of Parley alone."""
    made = []
    for kind, title in TITLES.items():
        rows = [
            [each.what, each.at, shown(each), _at_most(each), each.of]
            for each in results.figures
            if each.kind == kind
        ]
        made.append(Table(title, ["what", "", "measured", "goal", "of"], rows))
    return [table for table in made if table.rows]


def repeating(kind: str) -> str:
    """Say how to measure a kind again."""
    return f"`make bench ARGS='--only {kind}'`"


def shown(figure: Figure) -> str:
    """Write a figure with its unit, and as many places as mean something."""
    places = 0 if figure.value >= 100 else 1 if figure.value >= 10 else 2
    return f"{figure.value:,.{places}f} {figure.unit}"


def _bursts(results: Results) -> list[Goal]:
    made = []
    for scenario in results.scenarios:
        if scenario.startswith("burst x"):
            found = efficiency(results.of(scenario, OURS))
            if found is not None:
                wanted, text = f"≥ {BURST:,} tokens/CPU-s", f"{found:,.0f}"
                made.append(Goal(scenario, wanted, text, found >= BURST, "burst"))
    return made


def _wanted(figure: Figure) -> bool:
    return figure.goal is not None


def _goal(figure: Figure) -> Goal:
    what = f"{figure.kind}: {figure.what}, {figure.at}"
    return Goal(what, _at_most(figure), shown(figure), bool(figure.met), figure.kind)


def _at_most(figure: Figure) -> str:
    return "" if figure.goal is None else f"≤ {figure.goal:g} {figure.unit}"


def _word(met: bool) -> str:
    return "met" if met else "missed"
