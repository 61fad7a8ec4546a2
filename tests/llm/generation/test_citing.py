"""Markers are found however the text comes in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.llm.generation.citing import Markers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", []),
        ("[1]", [1]),
        ("It is [2], and [1].", [2, 1]),
        ("[1, 3] and [1][2]", [1, 3, 2]),
        ("[3;2]", [3, 2]),
        ("[ 1 ]", [1]),
        ("[0] [4] [99999] [-1] [1.5] [x1] []", []),
        ("a list[2] of [1", [2]),
        ("[[1]]", [1]),
        ("[1, 7, 2]", [1, 2]),
    ],
)
def test_each_number_of_a_passage_is_found_once(text: str, numbers: list[int]):
    assert list(Markers(3).read(text)) == numbers


@pytest.mark.parametrize("cut", range(13))
def test_a_marker_is_found_wherever_it_is_cut(cut: int):
    text, markers = "On [1, 3]. [2]", Markers(3)

    found = [*markers.read(text[:cut]), *markers.read(text[cut:])]

    assert found == [1, 3, 2]


@given(st.text("[]1234, ab\n"), st.lists(st.integers(0, 40)))
def test_pieces_make_no_difference(text: str, cuts: list[int]):
    whole = list(Markers(3).read(text))

    markers, last = Markers(3), 0
    found: list[int] = []
    for cut in [*sorted(cuts), len(text)]:
        found += markers.read(text[last : max(last, cut)])
        last = max(last, cut)

    assert found == whole


def test_a_marker_that_never_ends_is_given_up():
    markers = Markers(3)
    found: list[int] = []

    for piece in ("[1", *[", 1"] * 1_000, "]", " [2]"):
        found += markers.read(piece)

    assert found == [2]
