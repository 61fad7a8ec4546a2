"""Figures out of what was measured again and again."""

from collections.abc import Iterator, Sequence

from tests.bench.results import Figure, percentile


def percentiles(
    kind: str,
    what: str,
    seconds: Sequence[float],
    percents: Sequence[int],
    *,
    of: str,
    goals: Sequence[float | None] = (None, None),
) -> Iterator[Figure]:
    """Say how long something took at these percentiles."""
    for percent, goal in zip(percents, goals, strict=True):
        value = percentile(list(seconds), percent) * 1000
        yield Figure(
            kind=kind,
            what=what,
            at=f"p{percent}",
            value=value,
            unit="ms",
            of=of,
            goal=goal,
        )


def dearest(
    kind: str, what: str, costs: Sequence[float], *, of: str, goal: float
) -> Figure:
    """Compare the dearest with the cheapest."""
    return Figure(
        kind=kind,
        what=what,
        at="the dearest over the cheapest",
        value=max(costs) / min(costs),
        unit="x",
        of=of,
        goal=goal,
    )
