"""Which sentences of a passage fit a question best."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.llm.model import Passage
from services.llm.providers.quoting import MAX_QUOTE, narrowed, quotable

FILLER = "Nobody has to read this line of plain filler text at all. " * 10


def passage(text: str, start: int = 0, document: str = "d") -> Passage:
    return Passage(document, document, text, start=start, end=start + len(text))


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Tenants give notice three months before.", "When do tenants give notice?"),
        ("The terminations are final.", "Can a termination be changed?"),
        ("Die Kündigungsfrist beträgt drei Monate.", "Wie lang ist die Kündigung?"),
        ("通知期限为三个月。", "通知期限是多久?"),
        ("Version 3.11 is needed.", "Which version?"),
    ],
)
def test_the_sentence_that_says_what_is_asked_is_in_the_quotation(
    sentence: str, question: str
):
    text = f"{FILLER}{sentence} {FILLER}"

    quote = narrowed(passage(text, start=70), question)

    assert sentence in quote.text
    assert len(quote.text) <= MAX_QUOTE
    assert text[quote.start - 70 : quote.end - 70] == quote.text


TEXTS = st.lists(
    st.sampled_from(["a", "b. ", "\n\n", " " * 99, "c" * 500, "。", "notice ", "\n"]),
    max_size=200,
).map("".join)


def test_a_rare_word_says_more_than_two_that_stand_everywhere():
    common = "The tenant signs the contract. "
    rare = "The deposit is returned."
    text = f"{common * 9}{FILLER}{rare} {FILLER}{common * 9}"

    quote = narrowed(passage(text), "contract tenant deposit")

    assert rare in quote.text


@example(" " * 999, "a")
@example("c" * 999, "a")
@given(TEXTS, st.sampled_from(["", "a", "notice", "ccc"]))
def test_a_quotation_is_always_a_stretch_of_the_passage(text: str, question: str):
    whole = passage(text, start=9)

    quote = narrowed(whole, question)

    assert text[quote.start - 9 : quote.end - 9] == quote.text
    assert len(quote.text) <= MAX_QUOTE
    assert quote.text or not text.strip()


def test_a_greeting_fits_nothing():
    assert quotable([passage("How are you all?")], "Hi, how are you?") == ()


def test_passages_that_share_no_word_are_left_out_if_others_do():
    good, bad = passage("The notice period."), passage("Lunch.", document="e")

    assert quotable([bad, good], "notice") == (good,)


def test_the_best_passage_is_quoted_though_it_shares_no_word():
    best, other = passage("Resignation takes time."), passage("Lunch.", document="e")

    assert quotable([best, other], "notice") == (best,)
