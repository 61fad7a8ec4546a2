"""How a text is cut into what can be found."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.llm.documents.model import Content, Heading, Page
from services.llm.documents.reading.bounds import MAX_CHUNK
from services.llm.documents.reading.splitting import LANGUAGES, split

WORD = st.text(alphabet="aZ\u00e9\u5c71#.,;|`-=", min_size=1, max_size=12)
SPACE = st.sampled_from([" ", "  ", "\n", "\n\n", ". ", "\n# ", "\n\ndef ", "\u3002"])
LONG = st.integers(1, 5_000).map(lambda size: "x" * size)
REPEATED = st.tuples(WORD, SPACE, st.integers(1, 800)).map(
    lambda parts: (parts[0] + parts[1]) * parts[2]
)
TEXTS = st.lists(WORD | SPACE | LONG | REPEATED, max_size=40).map("".join)
TYPES = st.sampled_from(["text/plain", "text/csv", *LANGUAGES])


def paged(texts: list[str]) -> tuple[Page, ...]:
    """Make pages of texts."""
    pages, start = [], 0
    for number, text in enumerate(texts, start=1):
        pages.append(Page(number, start, text))
        start += len(text)
    return tuple(pages)


@given(texts=st.lists(TEXTS, max_size=4), media_type=TYPES, data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_chunk_is_what_stands_at_its_place_and_nothing_is_in_none(
    texts: list[str], media_type: str, data: st.DataObject
):
    pages = paged(texts)
    whole = "".join(texts)
    places = data.draw(st.lists(st.integers(0, len(whole)), max_size=20))
    headings = tuple(Heading(place, 1, "h") for place in sorted(places))

    chunks = split(Content(media_type=media_type, pages=pages, headings=headings))

    covered = bytearray(len(whole))
    for number, chunk in enumerate(chunks):
        assert chunk.number == number
        assert chunk.text == whole[chunk.start : chunk.end] != ""
        assert len(chunk.text) <= MAX_CHUNK
        page = pages[chunk.page - 1]
        assert page.start <= chunk.start < chunk.end <= page.start + len(page.text)
        covered[chunk.start : chunk.end] = b"x" * len(chunk.text)
    assert [chunk.start for chunk in chunks] == sorted(chunk.start for chunk in chunks)
    missed = [whole[at] for at, seen in enumerate(covered) if not seen]
    assert "".join(missed).strip() == ""


def test_neighbours_share_words():
    text = " ".join(f"word{number}" for number in range(1_000))

    chunks = split(Content(media_type="text/plain", pages=(Page(0, 0, text),)))

    for before, after in pairwise(chunks):
        assert 100 < before.end - after.start <= 150
        assert after.text.startswith("word")
    assert all(len(chunk.text) > 800 for chunk in chunks[:-1])


def test_a_section_is_the_path_of_the_headings_above():
    body = "word " * 150
    text = f"A\n{body}\nB\n{body}\nC\n{body}\nD\n{body}"
    levels = {"A": 1, "B": 2, "C": 3, "D": 2}
    headings = tuple(
        Heading(text.index(f"{name}\n"), level, name) for name, level in levels.items()
    )
    content = Content(
        media_type="text/plain", pages=(Page(0, 0, text),), headings=headings
    )

    found = {chunk.text[0]: chunk.section for chunk in split(content)}

    assert found == {
        "A": "A",
        "B": "A \u203a B",
        "C": "A \u203a B \u203a C",
        "D": "A \u203a D",
    }


@pytest.mark.parametrize("media_type", ["text/csv", "text/tab-separated-values"])
def test_rows_are_not_cut(media_type: str):
    rows = [f"row {number} | {'cell ' * (number % 30)}| end" for number in range(500)]
    text = "\n".join(rows) + "\n"

    chunks = split(Content(media_type=media_type, pages=(Page(0, 0, text),)))

    assert len(chunks) < 100
    assert [row for chunk in chunks for row in chunk.text.split("\n")] == rows


def test_code_is_cut_where_functions_begin():
    body = "    pass  # pad\n" * 40
    functions = [f"def f{number}():\n{body}" for number in range(9)]
    text = "\n".join(functions)

    chunks = split(Content(media_type="text/x-python", pages=(Page(0, 0, text),)))

    assert len(chunks) == 9
    assert all(f"def f{at}()" in chunk.text for at, chunk in enumerate(chunks))
