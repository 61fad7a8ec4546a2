"""Making one order out of several. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from uuid import UUID

# Added to each rank (Cormack et al., 2009): with more, the first ranks weigh less.
K = 60
# That words are rare among, to BM25. What is searched may hold more; a small number
# keeps this below the scores of chunks that match in more than a word.
CHUNKS = 300


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


def best(found: Iterable[Found]) -> list[Found]:
    """Keep each chunk once, the best first: while it is replaced, it is there twice."""
    kept: dict[Place, Found] = {}
    for each in found:
        if each.place not in kept or kept[each.place].score < each.score:
            kept[each.place] = each
    return sorted(kept.values(), key=lambda each: -each.score)


def raised(
    found: Sequence[Found], by_word: Sequence[Sequence[Found]], *, limit: int
) -> list[Found]:
    """
    Give chunks with rare words the score that these words alone deserve.

    Milvus Lite takes a word as rare or common by what was written along with it, so in
    a short document that was just written, no word is rare, and longer documents would
    hide it. A word that fewer chunks hold than were asked for is rare everywhere.
    """
    deserved: dict[Place, float] = {}
    for holding in by_word:
        held = len(holding)
        if held < limit:
            weight = log((CHUNKS - held + 0.5) / (held + 0.5) + 1)
            for each in holding:
                deserved[each.place] = deserved.get(each.place, 0.0) + weight
    return best([*found, *(Found(*item) for item in deserved.items())])


def fused(orders: Sequence[Sequence[Place]]) -> Mapping[Place, float]:
    """Add up the reciprocals of ranks, so that no two scores need be comparable."""
    scores: dict[Place, float] = {}
    for order in orders:
        for rank, place in enumerate(order, start=1):
            scores[place] = scores.get(place, 0.0) + 1 / (K + rank)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))
