"""What the shipped rules find, in texts and in streams that are cut anywhere."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.llm.guards.moderation import Passing, redacted
from services.llm.guards.rulebook import shipped
from services.llm.guards.rules import Rules

RULES = Rules([rule.rule("redact") for rule in shipped().values()])
CARD, ACCOUNT = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
SECRETS = (
    CARD,
    "5500005555555559",
    "3782-822463-10005",
    ACCOUNT,
    "GB29NWBK60161331926819",
    "ada.lovelace+x@mail.example.org",
    "+49 30 901820-00",
    "+1 (212) 555-0100",
    "sk-proj-abcdefghijklmnopqrstuv",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_" + "a1B2" * 9,
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----",
)
HARMLESS = (
    "4111 1111 1111 1112",  # no card: the check digit
    "1234567890123",
    "2026-11-27 11:06:03",
    "3.14159265358979323846",
    "DE00 3704 0044 0532 0130 00",
    "ABCD EFGH",
    "a @ b . c",
    "@decorator",
    "user@host",
    "2 + 2 = 4",
    "+1 point",
    "sk-short",
    "-----BEGIN PUBLIC KEY-----",
    "disk-abcdefghijklmnopqrstuvwxyz",
    "",
)
PIECES = st.lists(
    st.one_of(
        st.sampled_from(SECRETS),
        st.sampled_from(HARMLESS),
        st.sampled_from((" ", "\n", ". ", "-", "x", "7", "@", "+", " is ", "é")),
        st.text(max_size=8),
    ),
    max_size=12,
)


def streamed(rules: Rules, text: str, cuts: Sequence[int]) -> str:
    """Pass a text in pieces."""
    passing = Passing(rules, "answer")
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    parts = [passing.take(text[start:end], 1) for start, end in pairwise(places)]
    return "".join([*parts, passing.finish()])


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("around", ["{}", "It is {}.", "({})", "a\n{}\nb", "{} AND 12"])
def test_secrets_are_found_whatever_stands_around_them(secret: str, around: str):
    text = around.format(secret)

    found = redacted(text, RULES.find(text))

    assert secret not in found
    assert found != text


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_alike_stays(text: str):
    assert list(RULES.find(f"It is {text}, as said.")) == []


def test_two_numbers_that_stand_together_are_both_found():
    text = f"{CARD} {CARD}"

    assert redacted(text, RULES.find(text)) == "[credit-card] [credit-card]"


@settings(deadline=None, max_examples=300)
@given(PIECES, st.lists(st.integers(0, 500), max_size=30))
@example([CARD], [4, 9])
@example(["x", "7", CARD], [1, 2, 8])
def test_a_stream_is_redacted_as_the_whole_text_however_it_is_cut(
    pieces: list[str], cuts: list[int]
):
    text = "".join(pieces)

    assert streamed(RULES, text, cuts) == redacted(text, RULES.find(text))


@given(PIECES)
def test_no_more_is_held_back_than_a_finding_is_long(pieces: list[str]):
    passing, text = Passing(RULES, "answer"), "".join(pieces)
    longest = max(rule.longest for rule in shipped().values())

    for number, character in enumerate(text, 1):
        passing.take(character, 1)
        assert number - passing.passed <= 2 * longest


def test_ordinary_prose_is_held_back_by_a_word_only():
    passing = Passing(RULES, "answer")

    shown = [passing.take(word, 1) for word in ("Once ", "upon ", "a ", "time")]

    assert shown == ["Once", " upon", " a", " "]


def test_a_text_full_of_doubts_is_read_in_time():
    text = "1 " * 200_000

    assert list(RULES.find(text)) == []
