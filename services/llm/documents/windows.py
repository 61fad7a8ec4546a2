"""How much of a document is shown around what was found in it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, takewhile, zip_longest

from services.llm.documents.model import Chunk, Place, Span
from services.llm.names import DocumentName

WINDOW = 2_000  # characters: what is found is shown with what stands around it
MERGED = 2 * WINDOW


def windows(places: Sequence[Place], limit: int) -> Sequence[Span]:
    """
    Show each place with what stands around it on its page and under its heading.

    The best is first. What overlaps becomes one, so that no text is shown twice.
    """
    shown: dict[DocumentName, list[Span]] = {}
    order: list[tuple[DocumentName, int]] = []
    for place in places:
        spans = shown.setdefault(place.name, [])
        if any(holds(span, place.chunk) for span in spans):
            continue
        new = window(place)
        for number, span in enumerate(spans):
            if overlap(span, new) and mergeable(span, new):
                union = replace(
                    span, start=min(span.start, new.start), end=max(span.end, new.end)
                )
                others = (*spans[:number], *spans[number + 1 :])
                spans[number] = apart(union, others)
                break
        else:
            new = apart(new, spans)
            if new.start < new.end and len(order) < limit:
                order.append((place.name, len(spans)))
                spans.append(new)
    return [shown[name][number] for name, number in order]


def window(place: Place) -> Span:
    """Widen a chunk by its neighbours, on both sides in turn, while there is room."""
    chunk = place.chunk
    start, end = chunk.start, chunk.end
    for near in beside(place):
        wider = min(start, near.start), max(end, near.end)
        if wider[1] - wider[0] > WINDOW:
            break
        start, end = wider
    return Span(place.name, chunk.page, chunk.section, start, end, place.score)


def beside(place: Place) -> Iterator[Chunk]:
    """Yield the neighbours on the page and under the heading, the nearest first."""

    def same(near: Chunk) -> bool:
        return (near.page, near.section) == (place.chunk.page, place.chunk.section)

    number = place.chunk.number
    before = [near for near in reversed(place.neighbours) if near.number < number]
    after = [near for near in place.neighbours if near.number > number]
    pairs = zip_longest(takewhile(same, before), takewhile(same, after))
    return (near for near in chain.from_iterable(pairs) if near)


def holds(span: Span, chunk: Chunk) -> bool:
    """Tell whether a chunk is shown already."""
    return span.start <= chunk.start and chunk.end <= span.end


def overlap(one: Span, other: Span) -> bool:
    """Tell whether two passages of a document have text in common."""
    return one.start < other.end and other.start < one.end


def mergeable(one: Span, other: Span) -> bool:
    """Tell whether two passages make a good one."""
    length = max(one.end, other.end) - min(one.start, other.start)
    same = (one.page, one.section) == (other.page, other.section)
    return same and length <= MERGED


def apart(span: Span, others: Sequence[Span]) -> Span:
    """Cut from a passage what is shown by others."""
    for other in others:
        if overlap(span, other):
            if span.start < other.start:
                span = replace(span, end=other.start)
            else:
                span = replace(span, start=min(other.end, span.end))
    return span
