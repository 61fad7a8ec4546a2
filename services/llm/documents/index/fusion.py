"""Making one order out of several. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

# Added to each rank (Cormack et al., 2009): with more, the first ranks weigh less.
K = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Which chunk of which document."""

    document_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk that was found in one way, and how well it fits."""

    place: Place
    score: float
    text: str = ""


def best(found: Iterable[Found]) -> list[Found]:
    """Keep each chunk once, the best first: while it is replaced, it is there twice."""
    kept: dict[Place, Found] = {}
    for each in found:
        if each.place not in kept or kept[each.place].score < each.score:
            kept[each.place] = each
    return sorted(kept.values(), key=lambda each: -each.score)


def fused(orders: Sequence[Sequence[Place]]) -> Mapping[Place, float]:
    """Add up the reciprocals of ranks, so that no two scores need be comparable."""
    scores: dict[Place, float] = {}
    for order in orders:
        for rank, place in enumerate(order, start=1):
            scores[place] = scores.get(place, 0.0) + 1 / (K + rank)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))
