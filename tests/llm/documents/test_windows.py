"""How much is shown around what was found."""

from itertools import pairwise
from uuid import UUID

from services.llm.documents.model import Chunk, Place, Span
from services.llm.documents.windows import MERGED, WINDOW, windows
from services.llm.names import DocumentName

ONE = DocumentName(UUID(int=1), UUID(int=1))
OTHER = DocumentName(UUID(int=1), UUID(int=2))


def chunks(
    count: int, size: int, *, overlap: int = 0, pages: int = 0, sections: int = 0
) -> list[Chunk]:
    """Part a text evenly; a page or section has so many chunks."""
    step = size - overlap
    return [
        Chunk(
            number,
            number * step,
            number * step + size,
            number // pages + 1 if pages else 0,
            f"§ {number // sections}" if sections else "",
            "",
        )
        for number in range(count)
    ]


def place(
    found: list[Chunk], number: int, score: float = 1.0, name: DocumentName = ONE
) -> Place:
    near = found[max(0, number - 4) : number + 5]
    return Place(name, found[number], tuple(near), score)


def spans(*places: Place, limit: int = 10) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in windows(places, limit)]


def test_a_chunk_is_widened_on_both_sides_while_there_is_room():
    found = chunks(20, 400)

    assert spans(place(found, 10)) == [(8 * 400, 13 * 400)]
    assert spans(place(found, 0)) == [(0, 5 * 400)]
    assert spans(place(found, 19)) == [(15 * 400, 20 * 400)]


def test_overlapping_chunks_are_widened_by_what_they_add():
    found = chunks(20, 500, overlap=100)

    ((start, end),) = spans(place(found, 10))

    assert (start, end) == (8 * 400, 11 * 400 + 500)
    assert end - start <= WINDOW


def test_a_large_chunk_is_shown_as_it_is():
    found = chunks(3, 3_000)

    assert spans(place(found, 1)) == [(3_000, 6_000)]


def test_no_window_crosses_a_page_or_a_heading():
    paged, parted = chunks(20, 300, pages=2), chunks(20, 300, sections=3)

    (on_page,) = windows([place(paged, 5)], 10)
    (in_section,) = windows([place(parted, 5)], 10)

    assert on_page == Span(ONE, 3, "", 4 * 300, 6 * 300, 1.0)
    assert in_section == Span(ONE, 0, "§ 1", 3 * 300, 6 * 300, 1.0)


def test_what_is_shown_already_is_not_shown_again():
    found = chunks(20, 400)

    shown = windows([place(found, 10, 3.0), place(found, 11, 2.0)], 10)

    assert [(span.start, span.end, span.score) for span in shown] == [
        (8 * 400, 13 * 400, 3.0)
    ]


def test_overlapping_windows_become_one_unless_that_is_too_long():
    found = chunks(40, 400)

    merged = spans(place(found, 10), place(found, 13))
    kept = spans(*(place(found, number) for number in (10, 13, 16, 19, 22)))

    assert merged == [(8 * 400, 16 * 400)]
    for start, end in kept:
        assert 0 < end - start <= MERGED
    ordered = sorted(kept)
    for (_, end), (start, _) in pairwise(ordered):
        assert end <= start


def test_documents_do_not_mix_and_the_best_come_first():
    found = chunks(20, 400)

    shown = windows(
        [place(found, 10, 3.0), place(found, 10, 2.0, OTHER), place(found, 0, 1.0)], 2
    )

    assert [(span.name, span.score) for span in shown] == [(ONE, 3.0), (OTHER, 2.0)]
