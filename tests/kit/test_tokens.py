"""How many tokens a text has, roughly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.tokens import estimate, estimate_turns


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("word" * 10, 10),
        ("你好吗", 3),
        ("Straße", 2),
        ("word你", 2),
        ("你" * 600_000 + "word", 600_001),
    ],
)
def test_a_text_has_so_many_tokens(text: str, tokens: int):
    assert estimate(text) == tokens


def test_each_turn_costs_a_little_more_than_its_text():
    assert estimate_turns(["word", "word"]) == 10


@given(st.text(), st.text())
def test_a_longer_text_never_has_fewer_tokens(text: str, more: str):
    assert estimate(text) <= estimate(text + more) <= estimate(text) + estimate(more)
